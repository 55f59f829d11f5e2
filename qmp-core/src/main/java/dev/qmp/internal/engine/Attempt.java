package dev.qmp.internal.engine;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a session, from {@code CONNECTING} to {@code RUNNING} or back to {@code IDLE}. Each failure, deadline
 * and cancellation leads to the {@link DisconnectPath}, and so to {@code IDLE} with nothing open. The engine has one
 * attempt at a time.
 *
 * @param <T> the result of the caller's future
 */
final class Attempt<T> {

    /**
     * A deadline that is later than this has waited for a loop that stood still. The jitter of a timer, and the respite
     * of 25 ms that follows it, delay it by less.
     */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(60);

    private final Engine<?> engine;
    private final CompletableFuture<T> promise;
    private final Executor completion;
    private ConnectPhase phase = ConnectPhase.TRANSPORT;
    private String hint = "the peer cannot be reached";
    private Cancellable deadline = Cancellable.NOTHING;
    /** Whether bytes have arrived since the deadline was set. */
    private boolean arrived;

    private Cancellable step;

    /**
     * Creates an attempt for a caller.
     *
     * @param completion completes the promise; it never throws
     * @param unstarted releases the attempt's input, if the attempt ends before its first step
     */
    Attempt(Engine<?> engine, CompletableFuture<T> promise, Executor completion, Cancellable unstarted) {
        this.engine = engine;
        this.promise = promise;
        this.completion = completion;
        this.step = unstarted;
    }

    /** {@return whether the attempt is in progress} Any thread may call it. */
    boolean isCurrent() {
        return engine.attempt() == this;
    }

    void enter(ConnectPhase next, String whatIfNothingHappens) {
        this.phase = next;
        this.hint = whatIfNothingHappens;
    }

    // ------------------------------------------------------------------ deadline and steps

    /**
     * Sets the deadline, which replaces the previous one. If it passes in a pause of the JVM, and the peer has sent
     * anything before or during the pause, the same time begins once more, because further round trips may be missing.
     */
    @BottomHalf
    void limit(Duration timeout) {
        engine.loop().assertOnLoop();
        limit(timeout, true);
    }

    private void limit(Duration timeout, boolean extensible) {
        arrived = false;
        long begun = System.nanoTime();
        Cancellable next = engine.loop().schedule(timeout, () -> {
            boolean late = System.nanoTime() - begun - timeout.toNanos() > LATE_NANOS;
            if (isCurrent() && extensible && late && arrived) {
                limit(timeout, false);
            } else if (isCurrent()) {
                engine.disconnectPath().abort(timedOut(timeout));
            }
        });
        deadline.cancel(); // last, because the attempt needs a deadline if this one cannot be set
        deadline = next;
    }

    /** Notes that bytes of the peer have arrived. */
    @BottomHalf
    void arrived() {
        engine.loop().assertOnLoop();
        arrived = true;
    }

    /** Removes the deadline. */
    @BottomHalf
    void unlimited() {
        engine.loop().assertOnLoop();
        deadline.cancel();
        deadline = Cancellable.NOTHING;
    }

    /**
     * Starts an asynchronous step, which is cancelled with the attempt. A result that arrives after the attempt's end
     * is closed. So is a result that {@code next} fails to handle, which ends the attempt. If the step cannot begin,
     * its failure is thrown, and the caller ends the attempt: {@link Establishing}, or {@link #proceed}.
     */
    @BottomHalf
    <R extends AutoCloseable> void step(Supplier<CompletableFuture<R>> work, Consumer<R> next) {
        engine.loop().assertOnLoop();
        CompletableFuture<R> begun = work.get();
        step = () -> begun.cancel(false);
        begun.whenComplete((result, failure) -> stepEnded(failure, () -> next.accept(result), result));
    }

    /** Starts a step of the protocol. It cannot be cancelled, and its result needs no close. */
    @BottomHalf
    void step(Supplier<? extends CompletionStage<?>> work, Runnable next) {
        engine.loop().assertOnLoop();
        work.get().whenComplete((nothing, failure) -> stepEnded(failure, next, null));
    }

    private void stepEnded(@Nullable Throwable failure, Runnable next, @Nullable AutoCloseable result) {
        engine.onLoop(() -> {
            if (isCurrent()) {
                step = Cancellable.NOTHING;
                proceed(failure, next, result);
            } else {
                closeQuietly(result);
            }
        });
    }

    private void proceed(@Nullable Throwable failure, Runnable next, @Nullable AutoCloseable result) {
        try {
            if (failure == null) {
                next.run();
                return;
            }
        } catch (Throwable e) { // such as OutOfMemoryError: nothing else would end the attempt
            try {
                if (engine.session() == null) {
                    closeQuietly(result);
                }
            } finally {
                engine.disconnectPath().sessionFailed(e);
            }
            return;
        }
        Throwable cause = failure.getCause();
        engine.disconnectPath().abort(failure instanceof CompletionException && cause != null ? cause : failure);
    }

    private static void closeQuietly(@Nullable AutoCloseable late) {
        try {
            if (late != null) {
                late.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException("closing does not throw", e);
        }
    }

    // ------------------------------------------------------------------ the end

    /**
     * Completes the caller's future. If the caller has ended the future meanwhile, the result is torn down.
     *
     * @param isThere whether the result still exists
     */
    @BottomHalf
    void succeed(@Nullable T value, BooleanSupplier isThere) {
        engine.loop().assertOnLoop();
        engine.callBack(completion, () -> {
            if (!promise.complete(value)) {
                engine.onLoop(() -> {
                    if (isThere.getAsBoolean()) {
                        engine.disconnectPath().abort(null);
                    }
                });
            }
        });
    }

    /** Ends the attempt, its deadline and its step. */
    @BottomHalf
    void end() {
        engine.loop().assertOnLoop();
        deadline.cancel();
        step.cancel();
    }

    /**
     * Fails the caller's future with the cause. Without a cause, the failure states that the connection was
     * disconnected.
     */
    @BottomHalf
    void fail(@Nullable Throwable cause) {
        engine.loop().assertOnLoop();
        Throwable failure = cause != null
                ? cause
                : new QmpConnectException(phase, false, prefix() + "disconnected meanwhile", null);
        refuse(failure);
    }

    /** Fails the caller's future with a failure that has no effect on the runstate. */
    @BottomHalf
    void refuse(Throwable failure) {
        engine.loop().assertOnLoop();
        engine.callBack(completion, () -> promise.completeExceptionally(failure));
    }

    // ------------------------------------------------------------------ the texts of failures

    private QmpConnectException timedOut(Duration timeout) {
        return new QmpConnectException(
                phase, true, prefix() + "timed out after " + timeout.toMillis() + " ms; " + hint, null);
    }

    /** {@return the failure of the attempt by a cause} */
    QmpConnectException explain(Throwable cause) {
        if (cause instanceof QmpConnectException already) {
            return already;
        }
        String text = Text.messageOf(cause);
        String what = cause instanceof QmpException && !isForeign(cause) ? text + "; " + hint : text;
        return new QmpConnectException(phase, true, prefix() + what, cause);
    }

    /**
     * {@return whether the peer speaks another protocol, so that the hint of the phase does not fit} A known peer may
     * send a broken or long message for another reason: it may be meant for an earlier client.
     */
    private boolean isForeign(Throwable cause) {
        return cause instanceof ProtocolException broken
                && switch (broken.violation()) {
                    case TRUNCATED -> false;
                    case BAD_MESSAGE, LIMIT -> !phase.isPeerKnown();
                    default -> true;
                };
    }

    private String prefix() {
        return phase.failure() + ": ";
    }
}
