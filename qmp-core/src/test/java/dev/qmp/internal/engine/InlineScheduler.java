package dev.qmp.internal.engine;

/** A scheduler of a test that has no loop: each thread may use it. */
@FunctionalInterface
public interface InlineScheduler extends LoopScheduler {

    /** Sets no timer. */
    InlineScheduler WITHOUT_TIMERS = (delay, task) -> Cancellable.NOTHING;

    @Override
    default void assertOnLoop() {}
}
