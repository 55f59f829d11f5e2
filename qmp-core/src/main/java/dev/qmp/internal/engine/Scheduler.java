package dev.qmp.internal.engine;

import java.time.Duration;

/** Runs tasks on an event loop after a delay. */
@FunctionalInterface
public interface Scheduler {

    /** Runs a task after a delay, unless it is cancelled before. */
    Cancellable schedule(Duration delay, Runnable task);
}
