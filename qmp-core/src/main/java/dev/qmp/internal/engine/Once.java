package dev.qmp.internal.engine;

import java.util.concurrent.atomic.AtomicBoolean;

/** Runs a task at the first call only. Two executors may have it, and each may run it. Its value is whether it ran. */
public final class Once extends AtomicBoolean implements Runnable {

    private static final long serialVersionUID = 1L;

    private final transient Runnable task;

    /** Creates one that has not run. */
    public Once(Runnable task) {
        this.task = task;
    }

    @Override
    public void run() {
        if (compareAndSet(false, true)) {
            task.run();
        }
    }
}
