package dev.qmp.internal.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The application's executor as the client uses it: it never throws, and runs each task once. A task that the
 * application's executor does not take, because it is full, shut down or out of threads, runs on the shared one. If
 * that fails too, the task runs in the calling thread. The failure of a task is logged.
 */
public final class CallbackExecutor implements Executor {

    /** The default of all connections: as many daemon threads as are busy. They end after ten idle seconds. */
    public static final Executor SHARED = createShared();

    private final Executor target;
    private final Executor substitute;
    private final FailureLog failures;

    /** Creates the way to an executor. */
    public CallbackExecutor(Executor target, FailureLog failures) {
        this(target, SHARED, failures);
    }

    /** Creates the way to an executor, with a substitute for tasks that it does not take. */
    CallbackExecutor(Executor target, Executor substitute, FailureLog failures) {
        this.target = target;
        this.substitute = substitute;
        this.failures = failures;
    }

    private static Executor createShared() {
        return new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                SharedThreads.numbered("qmp-callback-"));
    }

    @Override
    public void execute(Runnable task) {
        Once once;
        try {
            once = new Once(() -> runHere(task));
        } catch (Throwable e) { // without memory for it, no other thread can have it
            runHere(task);
            return;
        }
        if (!offer(target, once) && !offer(substitute, once)) {
            once.run();
        }
    }

    /** Runs a task in the calling thread. */
    public void runHere(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            failures.failed(
                    "A callback failed", "thread " + Thread.currentThread().getName(), e);
        }
    }

    /** {@return whether the task runs there, now or later} An executor may run a task and throw nevertheless. */
    private boolean offer(Executor executor, Once task) {
        try {
            executor.execute(task);
            return true;
        } catch (Throwable e) { // "unable to create native thread" is an error
            report(executor, e);
            return task.get();
        }
    }

    private void report(Executor executor, Throwable failure) {
        if (!(failure instanceof RejectedExecutionException)) {
            failures.failed(
                    "A callback runs elsewhere, because its executor failed",
                    executor.getClass().getName(),
                    failure);
            return;
        }
        try {
            failures.logger().debug("An executor refused a callback; it runs elsewhere");
        } catch (Throwable e) {
            // the callback must run nevertheless
        }
    }
}
