package dev.qmp.internal.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Completes the application's futures where its code may run: on the callback executor. */
public final class Callbacks {

    private final Executor executor;
    private final Logger logger;

    /** Creates the way to the given executor. */
    public Callbacks(Executor executor, Logger logger) {
        this.executor = executor;
        this.logger = logger;
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
        Handover.give(executor, callback, logger);
    }
}
