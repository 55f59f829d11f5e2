package dev.qmp.internal.engine;

/** A scheduler whose event loop can be checked. A class of the bottom half has one, and not a {@link Scheduler}. */
public interface LoopScheduler extends Scheduler {

    /** Checks that the calling thread is the loop. It needs enabled assertions, as in tests. */
    void assertOnLoop();
}
