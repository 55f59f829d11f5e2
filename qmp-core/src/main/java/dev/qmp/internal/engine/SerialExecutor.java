package dev.qmp.internal.engine;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Runs tasks one at a time, in order, on another executor; so many may wait. A task that throws is logged and does
 * not stop the next, nor does an executor that takes nothing.
 */
final class SerialExecutor {

    private final CallbackExecutor target;
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean running;

    /** Creates a lane of its own on the given executor. */
    SerialExecutor(Executor target, int capacity, Logger logger) {
        this.target = new CallbackExecutor(target, new FailureLog(logger));
        this.capacity = capacity;
    }

    /** {@return whether the task is run, now or later; not so if too many wait already} */
    boolean offer(Runnable task) {
        lock.lock();
        try {
            if (tasks.size() == capacity) {
                return false;
            }
            tasks.add(task);
            if (running) {
                return true;
            }
            running = true;
        } finally {
            lock.unlock();
        }
        target.execute(this::runAll);
        return true;
    }

    private void runAll() {
        for (Runnable task = next(); task != null; task = next()) {
            target.runHere(task);
        }
    }

    private @Nullable Runnable next() {
        lock.lock();
        try {
            Runnable task = tasks.poll();
            running = task != null;
            return task;
        } finally {
            lock.unlock();
        }
    }
}
