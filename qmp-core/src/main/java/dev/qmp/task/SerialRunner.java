package dev.qmp.task;

import dev.qmp.message.InternalApi;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Runs an action on an executor after each request, one run at a time. Requests during a run are merged: one more run
 * follows. No request is lost: if the executor refuses a run, it takes place in the calling thread.
 *
 * <p>Thread safety: any thread may request a run.
 */
@InternalApi
public final class SerialRunner {

    private final Executor executor;
    private final Runnable action;
    private final Consumer<? super Throwable> failed;
    private final AtomicBoolean requested = new AtomicBoolean();
    private final AtomicBoolean busy = new AtomicBoolean();

    /**
     * Creates a runner.
     *
     * @param failed is called with the exception of a run. An exception of its own is ignored
     */
    public SerialRunner(Executor executor, Runnable action, Consumer<? super Throwable> failed) {
        this.executor = Objects.requireNonNull(executor, "executor");
        this.action = Objects.requireNonNull(action, "action");
        this.failed = Objects.requireNonNull(failed, "failed");
    }

    /** Requests a run that begins after this call. */
    public void request() {
        requested.set(true);
        try {
            executor.execute(this::run);
        } catch (Throwable e) { // "unable to create native thread" is an error
            run();
        }
    }

    /** Runs the action until no request is left. If another thread is running it, that thread goes on instead. */
    private void run() {
        while (requested.get() && busy.compareAndSet(false, true)) {
            try {
                requested.set(false);
                action.run();
            } catch (Throwable e) {
                report(e);
            } finally {
                busy.set(false);
            }
        }
    }

    private void report(Throwable failure) {
        try {
            failed.accept(failure);
        } catch (Throwable e) {
            // there is no other place to report it, and the next request must be served
        }
    }
}
