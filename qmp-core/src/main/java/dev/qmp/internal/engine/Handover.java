package dev.qmp.internal.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has a task run where the application wants it, whatever its executor does: one that is full, shut down or out of
 * threads is replaced by the shared one, and that by the calling thread. Runs the task once, even if an executor takes
 * it and throws.
 */
final class Handover extends AtomicBoolean implements Runnable {

    private static final long serialVersionUID = 1L;

    private static final String NOT_TAKEN = "A callback runs elsewhere, because its executor failed";

    private final transient Runnable task;
    private final transient FailureLog failures;

    private Handover(Runnable task, FailureLog failures) {
        this.task = task;
        this.failures = failures;
    }

    /** Never throws. */
    static void give(Executor executor, Runnable task, FailureLog failures) {
        Handover handover = new Handover(task, failures);
        if (!handover.isTakenBy(executor) && !handover.isTakenBy(CallbackExecutor.SHARED)) {
            handover.run();
        }
    }

    private boolean isTakenBy(Executor executor) {
        try {
            executor.execute(this);
            return true;
        } catch (RejectedExecutionException e) {
            failures.logger().debug("An executor refused a callback; it runs elsewhere");
        } catch (Throwable e) {
            failures.failed(NOT_TAKEN, executor.getClass().getName(), e);
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
            failures.failed(
                    "A callback failed", "thread " + Thread.currentThread().getName(), e);
        }
    }
}
