package dev.qmp.internal.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
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

    /** Runs a callback; on the calling thread if the executor has been shut down, since every future must complete. */
    public void run(Runnable callback) {
        try {
            executor.execute(callback);
        } catch (RejectedExecutionException e) {
            logger.debug("The callback executor refused a callback; running it here");
            callback.run();
        }
    }

    static <A> CompletableFuture<Void> chain(CompletableFuture<A> first, Function<A, CompletableFuture<Void>> then) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        first.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
                return;
            }
            CompletableFuture<Void> second = then.apply(value);
            second.whenComplete((nothing, secondFailure) -> {
                if (secondFailure != null) {
                    result.completeExceptionally(secondFailure);
                } else {
                    result.complete(null);
                }
            });
            result.whenComplete((nothing, ignored) -> second.cancel(false));
        });
        result.whenComplete((nothing, ignored) -> first.cancel(false));
        return result;
    }
}
