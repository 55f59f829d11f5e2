package dev.qmp.internal.client;

import dev.qmp.internal.engine.LoopScheduler;

/** A scheduler of a test that has no loop: each thread may use it. */
@FunctionalInterface
interface InlineScheduler extends LoopScheduler {

    @Override
    default void assertOnLoop() {}
}
