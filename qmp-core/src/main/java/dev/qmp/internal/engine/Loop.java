package dev.qmp.internal.engine;

import java.time.Duration;

/** Port: the event loop of one connection. */
public interface Loop {

    /** Runs a task on this loop, after those given before. Drops it silently once the loop has been shut down. */
    void execute(Runnable task);

    /** Runs a task on this loop later. */
    Cancellable schedule(Duration delay, Runnable task);

    /** {@return whether the calling thread is this loop} */
    boolean isOnLoop();

    /** {@return whether the calling thread is any event loop, so that blocking it would stall connections} */
    boolean isOnAnyLoop();
}
