package dev.qmp.internal.engine;

import java.time.Duration;

/** Runs tasks after a delay. An event loop runs them on its thread. */
@FunctionalInterface
public interface Scheduler {

    /**
     * Runs a task after a delay, unless it is cancelled or the loop ends before.
     *
     * @return cancels the task; {@link Cancellable#NOTHING} if the loop has ended, so that the task will never run
     */
    Cancellable schedule(Duration delay, Runnable task);
}
