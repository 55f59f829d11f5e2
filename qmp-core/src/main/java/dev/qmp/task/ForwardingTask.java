package dev.qmp.task;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The base class of tasks with further commands, such as pausing. It forwards all methods of {@link Task} to the {@link
 * TaskSource#task()} that the subclass runs.
 *
 * <p>Thread safety: any thread may use it.
 *
 * @param <R> the result; {@link Void} if there is none
 * @param <T> the subclass, which {@link #onProgress} returns
 */
public abstract class ForwardingTask<R extends @Nullable Object, T extends ForwardingTask<R, T>> implements Task<R> {

    /** For the subclass. */
    protected ForwardingTask() {}

    /** {@return the task that runs; always the same one} */
    protected abstract Task<R> task();

    /** {@return this object} */
    protected abstract T self();

    @Override
    public String name() {
        return task().name();
    }

    @Override
    public CompletableFuture<R> result() {
        return task().result();
    }

    @Override
    public R await(Duration limit) {
        return task().await(limit);
    }

    @Override
    public boolean isDone() {
        return task().isDone();
    }

    @Override
    public CompletableFuture<@Nullable Void> cancel() {
        return task().cancel();
    }

    @Override
    public @Nullable Progress progress() {
        return task().progress();
    }

    @Override
    public T onProgress(Consumer<? super Progress> listener) {
        Objects.requireNonNull(listener, "listener");
        task().onProgress(listener);
        return self();
    }

    /** {@return the task's name and its last progress} */
    @Override
    public String toString() {
        return task().toString();
    }
}
