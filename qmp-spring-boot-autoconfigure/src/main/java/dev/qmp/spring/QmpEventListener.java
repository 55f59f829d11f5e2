package dev.qmp.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.AliasFor;

/**
 * Has a method called for events of virtual machines: an {@link EventListener} for selected events of selected
 * connections.
 *
 * <pre>{@code
 * @QmpEventListener(name = "BLOCK_JOB_COMPLETED", connection = "vm*")
 * void backupDone(QmpEventReceivedEvent event) {}
 * }</pre>
 *
 * <p>The method takes a {@link QmpEventReceivedEvent}, a {@link dev.qmp.message.QmpEvent}, nothing, or an event as a
 * type. That is one of {@link dev.qmp.qapi.event}, or a record of the application with {@link dev.qmp.qapi.EventName},
 * and it decides on the event's name:
 *
 * <pre>{@code
 * @QmpEventListener
 * void backupDone(BlockJobCompleted completed) {}
 * }</pre>
 *
 * <p>An event whose data does not fit the type counts as a failure of the listener. The method runs as a listener to
 * {@link QmpEventReceivedEvent} does: events of one connection come in order, one at a time; it may execute commands
 * and wait for them. {@code @Order} and {@code @Async} work as usual. A listener that waits for something else than a
 * command keeps one of the 64 threads that all connections share, unless there are virtual threads.
 */
@Documented
@EventListener(QmpEventReceivedEvent.class)
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
public @interface QmpEventListener {

    /** The names of the events, such as {@code STOP}; all if there are none. Placeholders are resolved. */
    String[] name() default {};

    /**
     * The names of the connections, as patterns such as {@code vm*}; all if there are none. Placeholders are resolved.
     */
    String[] connection() default {};

    /** A further condition, as in {@link EventListener#condition()}. */
    @AliasFor(annotation = EventListener.class, attribute = "condition")
    String condition() default "";
}
