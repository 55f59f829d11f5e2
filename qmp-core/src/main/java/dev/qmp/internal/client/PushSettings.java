package dev.qmp.internal.client;

import dev.qmp.event.EventFilter;
import dev.qmp.event.ListenerOptions;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.internal.engine.SerialDelivery;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The settings of a listener that the client calls: which signals it receives, and where.
 *
 * @param filter the events that it receives
 * @param options its bounds
 * @param executor where it is called
 * @param unregister removes it from the registry
 * @param scheduler schedules the next try after the executor has refused a call
 * @param failures a log of its own if the listener goes on after a failure, because one listener's failures must not
 *     hide those of another; the client's log if it ends with its first failure, because that log limits the lines of
 *     subscribers that come again and again
 */
record PushSettings(
        EventFilter filter,
        ListenerOptions options,
        Executor executor,
        Consumer<SignalSink> unregister,
        Scheduler scheduler,
        FailureLog failures) {

    /** {@return a delivery to the listener} */
    SerialDelivery delivery(Runnable task, Consumer<Throwable> givenUp) {
        return new SerialDelivery(executor, task, givenUp, scheduler, failures);
    }
}
