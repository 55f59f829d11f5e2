package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The only path to {@code IDLE}, whether the application, the peer or an error ends the session. It drains a healthy
 * session, closes open resources, and reports the first cause to the waiting callers.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class DisconnectPath<M> {

    private final Engine<M> engine;
    private final Listening listening;
    private final SessionEndLog log;

    private @Nullable Disconnect inProgress;
    /** Cause of the last session's end that no caller of {@code disconnect()} has received yet. */
    private @Nullable Throwable unreportedCause;

    /** One way back to {@code IDLE}: its first cause, and the callbacks that wait for its end. */
    private static final class Disconnect {

        private final long began = System.nanoTime();
        private final List<Consumer<@Nullable Throwable>> waiters = new ArrayList<>();
        private @Nullable Throwable cause;
        /** The attempt that was ended. Its caller gets the cause, and the waiters do not. */
        private @Nullable Attempt<?> attempt;

        private Cancellable deadline = Cancellable.NOTHING;
        private boolean closing;

        Disconnect(@Nullable Throwable cause) {
            this.cause = cause;
        }

        /** Adds a waiter and a cause. A later cause is a consequence of the first one, which stays. */
        void join(@Nullable Throwable later, @Nullable Consumer<@Nullable Throwable> waiter) {
            if (cause == null) {
                cause = later;
            }
            if (waiter != null) {
                waiters.add(waiter);
            }
        }

        void deadline(Cancellable next) {
            deadline.cancel();
            deadline = next;
        }
    }

    DisconnectPath(Engine<M> engine, Listening listening) {
        this.engine = engine;
        this.listening = listening;
        this.log = new SessionEndLog(engine.logger(), System::nanoTime);
    }

    /** Drops the cause of an earlier session, because a new attempt begins. */
    void forgetUnreportedCause() {
        engine.loop().assertOnLoop();
        unreportedCause = null;
    }

    /** Ends the session, or the attempt, because of a failure. */
    void sessionFailed(Throwable cause) {
        engine.loop().assertOnLoop();
        if (engine.runstates().current() != Runstate.IDLE) {
            abort(cause);
        }
    }

    /** Ends the attempt in progress, or the session, without waiting for replies. */
    void abort(@Nullable Throwable cause) {
        engine.loop().assertOnLoop();
        disconnect(cause, false, null);
    }

    /**
     * Starts the way back to {@code IDLE}, or speeds up the one in progress. Idempotent.
     *
     * @param graceful whether to wait for messages and replies
     * @param waiter called on the event loop at the end: with the cause if no earlier waiter has received it, otherwise
     *     with null
     */
    void disconnect(@Nullable Throwable cause, boolean graceful, @Nullable Consumer<@Nullable Throwable> waiter) {
        engine.loop().assertOnLoop();
        Disconnect current = inProgress;
        boolean isFirst = current == null;
        boolean drain = graceful;
        if (current == null) {
            drain = graceful && engine.runstates().current() == Runstate.RUNNING;
            current = start(cause, waiter);
        } else {
            current.join(cause, waiter);
        }
        if (inProgress != current) {
            return; // a listener has disconnected, too, and so completed this one
        }
        if (!drain) {
            close(current);
            return;
        }
        if (isFirst && !current.closing) {
            limitDrain(current);
        }
        proceed(current);
    }

    private Disconnect start(@Nullable Throwable cause, @Nullable Consumer<@Nullable Throwable> waiter) {
        Throwable reported = cause == null ? null : explain(cause);
        Disconnect started = new Disconnect(reported);
        started.join(null, waiter);
        inProgress = started;
        Session<M> open = engine.session();
        if (open != null) {
            open.drain(); // before the runstate changes, because a listener may send
        }
        try {
            started.attempt = engine.attempt();
            engine.endAttempt();
            listening.stop();
            engine.runstates().move(Runstate.DISCONNECTING, reported);
        } catch (Throwable e) { // such as OutOfMemoryError: nothing else would bring it to IDLE
            close(started);
            throw e;
        }
        return started;
    }

    /** Limits the wait for messages and replies. If that is impossible, the session is closed at once. */
    private void limitDrain(Disconnect draining) {
        Duration limit = engine.options().disconnectTimeout();
        try {
            draining.deadline(engine.loop().schedule(limit, () -> {
                engine.logger().warn("Messages are still under way after {} ms; closing", limit.toMillis());
                close(draining);
            }));
        } catch (Throwable e) {
            close(draining);
            throw e;
        }
    }

    /** Closes a draining session if it is quiet. Called after a message was sent or received. */
    void closeIfQuiet() {
        engine.loop().assertOnLoop();
        Disconnect current = inProgress;
        if (current != null) {
            proceed(current);
        }
    }

    /** Closes the session as soon as it is quiet. */
    private void proceed(Disconnect current) {
        Session<M> open = engine.session();
        if (!current.closing && (open == null || open.closeLaneAndCheckQuiet())) {
            close(current);
        }
    }

    private void close(Disconnect current) {
        if (current.closing) {
            return;
        }
        current.closing = true;
        Session<M> open = engine.session();
        if (open == null && listening.silent().isDone()) {
            finish(current);
            return;
        }
        try {
            current.deadline(engine.loop().schedule(engine.options().disconnectTimeout(), () -> finish(current)));
        } finally {
            if (open == null) {
                finishWhenSilent(current);
            } else {
                Throwable cause = current.cause;
                open.close(cause != null ? cause : new ConnectionLostException("disconnected", null));
            }
        }
    }

    /** Handles the close of the present session's transport. */
    void sessionClosed(Session<M> closed) {
        engine.loop().assertOnLoop();
        if (inProgress == null || !inProgress.closing) {
            sessionFailed(closed.endOfStream());
        }
        Disconnect current = inProgress;
        if (current != null) {
            finishWhenSilent(current);
        }
    }

    /** Finishes when no socket listens any more, or at the deadline. */
    private void finishWhenSilent(Disconnect current) {
        if (listening.silent().isDone()) {
            finish(current);
        } else {
            listening.silent().thenRun(() -> engine.onLoop(() -> finish(current)));
        }
    }

    private Throwable explain(Throwable cause) {
        Attempt<?> attempt = engine.attempt();
        return attempt == null ? cause : attempt.explain(cause);
    }

    private void call(Consumer<@Nullable Throwable> waiter, @Nullable Throwable failure) {
        try {
            waiter.accept(failure);
        } catch (Throwable e) {
            engine.failures().failed("A callback failed", "the end of the session", e); // the others are called, too
        }
    }

    /** {@return how the session ended, after logging it; null if there was no session} */
    private @Nullable SessionOutcome sessionOutcome(Disconnect finished) {
        RunstateChange left = engine.runstates().lastChange(); // to DISCONNECTING
        Session<M> session = engine.session();
        if (session == null || left == null || left.previous() != Runstate.RUNNING) {
            return null;
        }
        SessionOutcome outcome = session.outcome(left, finished.cause);
        try {
            log.ended(outcome, finished.cause, session.lengthUntil(finished.began));
        } catch (Throwable e) {
            engine.failures().failed("A hook failed", "the log of the end of the session", e);
        }
        return outcome;
    }

    private void finish(Disconnect finished) {
        if (inProgress != finished) {
            return;
        }
        // has an effect only if an Error prevented the change in start()
        engine.runstates().move(Runstate.DISCONNECTING, finished.cause);
        if (inProgress != finished) {
            return; // a listener has finished it
        }
        finished.deadline(Cancellable.NOTHING);
        SessionOutcome outcome = sessionOutcome(finished);
        try {
            engine.sessionEnded();
        } finally {
            becomeIdle(finished, outcome);
        }
    }

    private void becomeIdle(Disconnect finished, @Nullable SessionOutcome outcome) {
        inProgress = null;
        Throwable cause = finished.cause;
        Attempt<?> attempt = finished.attempt;
        Throwable reported = cause != null ? cause : unreportedCause;
        unreportedCause = attempt == null && finished.waiters.isEmpty() ? reported : null;
        try {
            engine.runstates().move(Runstate.IDLE, cause, outcome);
        } finally {
            if (attempt != null) {
                call(attempt::fail, cause);
            }
            Throwable failure = attempt == null ? reported : null;
            finished.waiters.forEach(waiter -> call(waiter, failure));
        }
    }
}
