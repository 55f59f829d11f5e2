package dev.qmp.internal.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Completes the application's futures on the callback executor. The executor may be {@code Runnable::run}, and a
 * callback may begin the next attempt, which fails at once. So each callback has a loop task of its own, and the stack
 * stays flat.
 */
public final class Callbacks {

    private final Loop loop;
    private final Executor executor;
    private final FailureLog failures;

    /** Creates the way to the given executor, by way of the loop. */
    public Callbacks(Loop loop, Executor executor, FailureLog failures) {
        this.loop = loop;
        this.executor = executor;
        this.failures = failures;
    }

    /** Completes a future with a value. */
    public <T> void complete(CompletableFuture<T> future, @Nullable T value) {
        run(() -> future.complete(value));
    }

    /** Completes a future with a failure. */
    public void fail(CompletableFuture<?> future, Throwable failure) {
        run(() -> future.completeExceptionally(failure));
    }

    /** Runs a callback, elsewhere if the executor does not take it, since every future must complete. Never throws. */
    public void run(Runnable callback) {
        loop.execute(() -> Handover.give(executor, callback, failures));
    }
}
