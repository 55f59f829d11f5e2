package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The guard around an attempt at a session, whatever its steps are: each failure, deadline and cancellation leads to the
 * engine's tear-down, and so to IDLE with nothing open.
 */
final class AttemptGuard {

    private final EngineContext<?> context;
    private final AttemptSlot slot;
    private final DisconnectPath<?> disconnectPath;

    AttemptGuard(EngineContext<?> context, AttemptSlot slot, DisconnectPath<?> disconnectPath) {
        this.context = context;
        this.slot = slot;
        this.disconnectPath = disconnectPath;
    }

    /** Begins an attempt. */
    @FunctionalInterface
    interface Starter<T> {
        void start(Attempt attempt, CompletableFuture<T> promise);
    }

    /** An attempt from IDLE, which is CONNECTING when the starter has its turn. */
    <T> CompletableFuture<T> begin(Starter<T> starter) {
        return begin(Cancellable.NOTHING, starter);
    }

    /**
     * The same for an attempt that is given something, and has to see to it even if the starter never has its turn.
     *
     * @param unstarted takes it back then; not if the attempt is refused
     */
    <T> CompletableFuture<T> begin(Cancellable unstarted, Starter<T> starter) {
        return attempt(Runstate.IDLE, unstarted, (current, promise) -> {
            disconnectPath.startFresh();
            context.runstates().move(Runstate.CONNECTING, null);
            if (isCurrent(current)) {
                starter.start(current, promise);
            }
        });
    }

    /** Makes sure of the runstate and of being the only attempt, then starts it, on the loop. */
    <T> CompletableFuture<T> attempt(Runstate required, Cancellable unstarted, Starter<T> starter) {
        CompletableFuture<T> promise = new CompletableFuture<>();
        context.onLoop(() -> {
            if (promise.isDone() && required == Runstate.IDLE) {
                unstarted.cancel(); // cancelled before it has begun: nothing else is to be touched
                return;
            }
            try {
                context.runstates().require(required);
                if (slot.isTaken()) {
                    throw new StateException(
                            "'" + context.options().name() + "'",
                            context.runstates().current(),
                            required);
                }
            } catch (StateException e) {
                context.callbacks().fail(promise, e);
                return;
            }
            Attempt started = new Attempt(promise);
            started.work(unstarted);
            slot.take(started);
            takeBackWith(promise, started);
            try {
                if (isCurrent(started)) {
                    starter.start(started, promise);
                }
            } catch (Throwable e) { // for want of memory, say: nobody may wait for what has not begun
                disconnectPath.abort(e);
            }
        });
        return promise;
    }

    /** Has a future that its holder ends, by cancelling it or by a deadline of his own, take its attempt back. */
    private void takeBackWith(CompletableFuture<?> promise, Attempt started) {
        promise.whenComplete((value, failure) -> {
            if (failure != null) {
                context.onLoop(() -> {
                    if (isCurrent(started)) {
                        disconnectPath.abort(null);
                    }
                });
            }
        });
    }

    private boolean isCurrent(Attempt candidate) {
        return slot.isHeldBy(candidate);
    }

    /** Gives the attempt a deadline, instead of the one before. */
    @BottomHalf
    void limit(Attempt current, Duration timeout) {
        current.deadline(context.loop().schedule(timeout, () -> {
            if (isCurrent(current)) {
                disconnectPath.abort(current.timedOut(timeout));
            }
        }));
    }

    /** One asynchronous step of an attempt, which is cancelled with it. What comes too late is closed. */
    @BottomHalf
    <T extends AutoCloseable> void step(Attempt current, Supplier<CompletableFuture<T>> work, Consumer<T> next) {
        CompletableFuture<T> step;
        try {
            step = work.get();
        } catch (Throwable e) {
            disconnectPath.abort(e);
            return;
        }
        current.work(() -> step.cancel(false));
        step.whenComplete((result, failure) -> context.onLoop(() -> {
            if (isCurrent(current)) {
                current.work(Cancellable.NOTHING);
                proceed(failure, () -> next.accept(result));
            } else {
                closeQuietly(result);
            }
        }));
    }

    /** A step that the protocol takes by itself, and that leaves nothing to be closed. */
    @BottomHalf
    void step(Attempt current, Supplier<CompletionStage<?>> work, Runnable next) {
        CompletableFuture<?> step;
        try {
            step = work.get().toCompletableFuture();
        } catch (Throwable e) {
            disconnectPath.abort(e);
            return;
        }
        step.whenComplete((nothing, failure) -> context.onLoop(() -> {
            if (isCurrent(current)) {
                proceed(failure, next);
            }
        }));
    }

    private void proceed(@Nullable Throwable failure, Runnable next) {
        if (failure != null) {
            disconnectPath.abort(unwrap(failure));
        } else {
            next.run();
        }
    }

    /** The attempt has brought what it was for, or never began: it stands in nobody's way any more. */
    @BottomHalf
    void finish() {
        slot.clear();
    }

    /**
     * Tells of success. A caller that gave up in the last moment cannot hear it: then what was made is taken down.
     *
     * @param isThere whether what was made still is there
     */
    <T> void succeed(CompletableFuture<T> promise, @Nullable T value, BooleanSupplier isThere) {
        context.callbacks().run(() -> {
            if (!promise.complete(value)) {
                context.onLoop(() -> {
                    if (isThere.getAsBoolean()) {
                        disconnectPath.abort(null);
                    }
                });
            }
        });
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
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
}
