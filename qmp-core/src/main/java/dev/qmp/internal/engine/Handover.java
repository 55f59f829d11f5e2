package dev.qmp.internal.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;

/**
 * Has a task run where the application wants it, whatever its executor does: one that is full, shut down or out of threads
 * is replaced by the shared one, and that by the calling thread. Runs the task once, even if an executor takes it and throws.
 */
final class Handover extends AtomicBoolean implements Runnable {

    private static final long serialVersionUID = 1L;

    private final transient Runnable task;
    private final transient Logger logger;

    private Handover(Runnable task, Logger logger) {
        this.task = task;
        this.logger = logger;
    }

    /** Never throws. */
    static void give(Executor executor, Runnable task, Logger logger) {
        Handover handover = new Handover(task, logger);
        if (!handover.isTakenBy(executor) && !handover.isTakenBy(CallbackExecutor.SHARED)) {
            handover.run();
        }
    }

    private boolean isTakenBy(Executor executor) {
        try {
            executor.execute(this);
            return true;
        } catch (RejectedExecutionException e) {
            logger.debug("An executor refused a callback; it runs elsewhere");
        } catch (Throwable e) {
            logger.error("An executor failed to take a callback, which runs elsewhere: {}", e.toString());
        }
        return get();
    }

    @Override
    public void run() {
        if (!compareAndSet(false, true)) {
            return;
        }
        try {
            task.run();
        } catch (Throwable e) {
            logger.error("A callback failed", e);
        }
    }
}
