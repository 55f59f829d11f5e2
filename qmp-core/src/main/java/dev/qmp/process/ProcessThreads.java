package dev.qmp.process;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The daemon threads on which processes are followed. They are as many as tasks run at the same time. The JDK's common
 * pool does not serve, because an application can fill it with tasks that block. Then an end would be noticed too late,
 * and a kill would count as failed.
 */
final class ProcessThreads {

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> create(task, "qmp-launcher"));

    private ProcessThreads() {}

    /**
     * {@return a daemon thread, not started} It has no inheritable thread-locals of the caller, and the context class
     * loader of this library.
     */
    static Thread create(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ProcessThreads.class.getClassLoader());
        return thread;
    }

    /** {@return an executor without a delay, unless the system refuses another thread} */
    static Executor now() {
        return ProcessThreads::run;
    }

    /** Runs a task. If no thread can be created, it tries again each second, because a process must be followed. */
    private static void run(Runnable task) {
        try {
            THREADS.execute(task);
        } catch (OutOfMemoryError e) {
            onTimer().execute(() -> run(task));
        }
    }

    /** {@return an executor that begins each task after a delay} */
    static Executor after(long delay, TimeUnit unit) {
        return CompletableFuture.delayedExecutor(delay, unit, now());
    }

    /** {@return an executor that runs each task after a second, on the JDK's timer} Such a task must not block. */
    static Executor onTimer() {
        return CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, Runnable::run);
    }
}
