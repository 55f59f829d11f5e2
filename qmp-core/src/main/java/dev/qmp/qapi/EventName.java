package dev.qmp.qapi;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name of the event that a type represents. The generated events have it. Annotate a record of the application with
 * it to receive events as that record:
 *
 * <pre>{@code
 * @EventName("ACPI_DEVICE_OST")
 * record DeviceStatus(Map<String, Object> info) {}
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface EventName {

    /** The name, such as {@code BLOCK_JOB_COMPLETED}. */
    String value();
}
