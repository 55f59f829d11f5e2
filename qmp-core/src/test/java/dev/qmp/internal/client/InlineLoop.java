package dev.qmp.internal.client;

import dev.qmp.internal.engine.Loop;

/** A loop that runs each task at once, in the calling thread. A test decides when its timers end. */
abstract class InlineLoop implements Loop {

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public boolean isOnLoop() {
        return true;
    }

    @Override
    public boolean isOnAnyLoop() {
        return true;
    }
}
