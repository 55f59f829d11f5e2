package dev.qmp.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test needs a program of a real QEMU, and belongs to the tests that run on every version of it (tag {@code qemu}).
 * Without the program it is skipped; where {@code QMP_TESTS_REQUIRE} names the program, it fails. Outside the range of
 * versions it is skipped, with the reason.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("qemu")
@ExtendWith(RequiresQemuCondition.class)
public @interface RequiresQemu {

    /** The program: an emulator, a guest agent or a storage daemon. */
    Tool value() default Tool.QEMU;

    /** The first version that the test holds on, such as {@code 6.0}; empty for all. */
    String from() default "";

    /** The first version that the test does not hold on any more, such as {@code 10.0}; empty for none. */
    String before() default "";

    /** The reason for the range of versions; required with {@link #from()} or {@link #before()}. */
    String reason() default "";
}
