package dev.qmp.internal.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A future that notices if its caller ends it, in any of the ways that {@link CompletableFuture} offers. The library
 * completes it by {@link #deliver} and {@link #deliverFailure}.
 *
 * @param <T> the caller's result
 */
abstract class CallerFuture<T> extends CompletableFuture<T> {

    /** Called once if the caller has ended this future before its outcome; on the thread of the caller. */
    abstract void endedByCaller();

    /** Completes this future, unless it is done. */
    final void deliver(@Nullable T value) {
        super.complete(value);
    }

    /** Completes this future with a failure, unless it is done. */
    final void deliverFailure(Throwable failure) {
        super.completeExceptionally(failure);
    }

    private boolean ended(boolean isEnded) {
        if (isEnded) {
            endedByCaller();
        }
        return isEnded;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return ended(super.cancel(mayInterruptIfRunning));
    }

    /** {@code completeOnTimeout} calls this method, too. */
    @Override
    public boolean complete(T value) {
        return ended(super.complete(value));
    }

    /** {@code orTimeout} calls this method, too. */
    @Override
    public boolean completeExceptionally(Throwable failure) {
        return ended(super.completeExceptionally(failure));
    }

    /**
     * Completes this future as the JDK's method does, but by {@link #complete} and {@link #completeExceptionally},
     * because the JDK's own code calls neither. {@code completeAsync(Supplier)} calls this method.
     */
    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        executor.execute(() -> {
            if (isDone()) {
                return;
            }
            try {
                complete(supplier.get());
            } catch (Throwable e) {
                completeExceptionally(e);
            }
        });
        return this;
    }

    /** If this future has no outcome yet, this call ends it. Otherwise only the value changes. */
    @Override
    public void obtrudeValue(T value) {
        if (!complete(value)) {
            super.obtrudeValue(value);
        }
    }

    /** If this future has no outcome yet, this call ends it. Otherwise only the failure changes. */
    @Override
    public void obtrudeException(Throwable failure) {
        if (!completeExceptionally(failure)) {
            super.obtrudeException(failure);
        }
    }
}
