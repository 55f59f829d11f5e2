package dev.qmp.task;

import dev.qmp.error.Checks;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import dev.qmp.protocol.EventLoops;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer's side of a {@link Task}: code that runs a task reports progress and the outcome here.
 *
 * <pre>{@code
 * TaskSource<Void> source = client.newTask("eject", "eject of cd0", () -> client.execute(...));
 * source.progress(Progress.ofSteps(1, 2, "opening the tray"));
 * source.complete(null);
 * return source.task();
 * }</pre>
 *
 * <p>Futures complete and listeners run on the executor, so every method returns at once. If the executor throws, they
 * run on the calling thread. The first outcome counts; later ones are ignored.
 *
 * <p>Thread safety: any thread may use it.
 *
 * @param <R> the result; {@link Void} if there is none
 */
public final class TaskSource<R extends @Nullable Object> {

    private static final Logger LOGGER = LoggerFactory.getLogger(Task.class);

    private final String name;
    private final Executor executor;
    private final Supplier<? extends CompletableFuture<?>> cancellation;
    private final CompletableFuture<R> outcome = new CompletableFuture<>();
    private final List<ProgressListener> listeners = new CopyOnWriteArrayList<>();
    private final Task<R> task = new Handle();
    private volatile @Nullable Progress progress;

    /**
     * Creates a running task.
     *
     * @param name {@link Task#name()}
     * @param executor the executor on which futures complete and listeners run, such as {@code
     *     client.callbackExecutor()}
     * @param cancellation requests the machine to cancel the task, at each call of {@link Task#cancel()} before the
     *     outcome is known; its future completes when the machine has accepted that. An exception, or null instead of
     *     a future, fails the future of {@code cancel()}
     */
    public TaskSource(String name, Executor executor, Supplier<? extends CompletableFuture<?>> cancellation) {
        this.name = Objects.requireNonNull(name, "name");
        this.executor = Objects.requireNonNull(executor, "executor");
        this.cancellation = Objects.requireNonNull(cancellation, "cancellation");
    }

    /** {@return the task; always the same object} */
    public Task<R> task() {
        return task;
    }

    /** Reports progress. If the outcome is known, the call has no effect. */
    public void progress(Progress progress) {
        Objects.requireNonNull(progress, "progress");
        if (outcome.isDone()) {
            return;
        }
        this.progress = progress;
        listeners.forEach(ProgressListener::request);
    }

    /**
     * Completes the task with its result.
     *
     * @return whether this is the outcome; false if there was one before
     */
    public boolean complete(R result) {
        return outcome.complete(result);
    }

    /**
     * Completes the task with its failure, without the wrappers of futures.
     *
     * @return whether this is the outcome; false if there was one before
     */
    public boolean fail(Throwable failure) {
        return outcome.completeExceptionally(unwrap(Objects.requireNonNull(failure, "failure")));
    }

    /** {@return the failure without the wrappers that futures add} */
    public static Throwable unwrap(Throwable failure) {
        Throwable cause = Objects.requireNonNull(failure, "failure");
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /**
     * {@return whether a command failed because the machine was not reached or did not answer, so that it may succeed
     * later} If not, it would fail again: the machine or the client refuses it, or its result cannot be read.
     */
    public static boolean maySucceedLater(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        return failure instanceof OutcomeUnknownException
                || (failure instanceof NotSentException unsent
                        && switch (unsent.reason()) {
                            case NOT_CONNECTED, DISCONNECTED, OVERLOAD, TIMED_OUT, INTERRUPTED -> true;
                            case UNSENDABLE, INVALID, REFUSED -> false;
                        });
    }

    /**
     * {@return a future with the outcome of a chain of futures, without the wrappers that they add to a failure}
     * Cancelling it does not affect the chain. Each public method of this library that returns the end of a chain uses
     * this method.
     *
     * @param executor the executor on which it completes; if that throws, it completes on the calling thread
     */
    public static <T extends @Nullable Object> CompletableFuture<T> unwrapped(
            CompletionStage<T> chain, Executor executor) {
        Objects.requireNonNull(chain, "chain");
        Objects.requireNonNull(executor, "executor");
        CompletableFuture<T> result = new CompletableFuture<>();
        chain.whenCompleteAsync(
                (value, failure) -> {
                    if (failure == null) {
                        result.complete(value);
                    } else {
                        result.completeExceptionally(unwrap(failure));
                    }
                },
                callback -> run(executor, callback));
        return result;
    }

    private void run(Runnable callback) {
        run(executor, callback);
    }

    /** Runs a callback on an executor, or here if that throws. A callback may run twice. */
    private static void run(Executor executor, Runnable callback) {
        try {
            executor.execute(callback);
        } catch (Throwable e) { // "unable to create native thread" is an error
            LOGGER.debug("An executor has not taken the callback of a task; it runs on this thread", e);
            callback.run();
        }
    }

    private final class Handle implements Task<R> {

        @Override
        public String name() {
            return name;
        }

        @Override
        public CompletableFuture<R> result() {
            return unwrapped(outcome, TaskSource.this::run);
        }

        @Override
        public R await(Duration limit) {
            Duration checked = Checks.positive("limit", limit);
            if (EventLoops.isEventLoop(Thread.currentThread())) {
                throw new IllegalStateException("a wait on an event loop would stall connections; use result()");
            }
            try {
                return outcome.get(checked.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw TaskWaitException.timedOut(this, checked);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw TaskWaitException.interrupted(this);
            } catch (ExecutionException e) {
                throw rethrowable(e.getCause());
            }
        }

        @Override
        public boolean isDone() {
            return outcome.isDone();
        }

        @Override
        public CompletableFuture<@Nullable Void> cancel() {
            if (outcome.isDone()) {
                return CompletableFuture.completedFuture(null);
            }
            CompletableFuture<@Nullable Void> accepted = new CompletableFuture<>();
            requestCancellation()
                    .whenComplete((ignored, failure) -> run(() -> {
                        if (failure == null || outcome.isDone()) {
                            accepted.complete(null);
                        } else {
                            accepted.completeExceptionally(unwrap(failure));
                        }
                    }));
            return accepted;
        }

        private CompletableFuture<?> requestCancellation() {
            try {
                return Objects.requireNonNull(cancellation.get(), "the cancellation has returned null");
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        @Override
        public @Nullable Progress progress() {
            return progress;
        }

        @Override
        public Task<R> onProgress(Consumer<? super Progress> listener) {
            Objects.requireNonNull(listener, "listener");
            ProgressListener added = new ProgressListener(listener);
            listeners.add(added);
            if (progress != null) {
                added.request();
            }
            return this;
        }

        /** {@return the task's name and its last progress} */
        @Override
        public String toString() {
            Progress last = progress;
            return "Task[" + Text.printable(name) + (isDone() ? ", done" : last == null ? "" : ", " + last) + "]";
        }

        private RuntimeException rethrowable(@Nullable Throwable failure) {
            if (failure instanceof Error error) {
                throw error;
            }
            return failure instanceof RuntimeException known
                    ? known
                    : new QmpException(Text.printable(name) + " failed", failure);
        }
    }

    /** Notifies one listener of the latest progress, one call at a time. */
    private final class ProgressListener {

        private final Consumer<? super Progress> listener;
        private final SerialRunner delivery = new SerialRunner(TaskSource.this::run, this::deliver, this::logFailure);
        /** The last progress of the listener. Used by the delivery only. */
        private @Nullable Progress received;

        ProgressListener(Consumer<? super Progress> listener) {
            this.listener = listener;
        }

        void request() {
            delivery.request();
        }

        @SuppressWarnings("ReferenceEquality") // an equal progress that is reported again is delivered again
        private void deliver() {
            Progress last = progress;
            if (last != null && last != received) {
                received = last;
                listener.accept(last);
            }
        }

        private void logFailure(Throwable failure) {
            LOGGER.warn("A progress listener of {} failed", Text.printable(name), failure);
        }
    }
}
