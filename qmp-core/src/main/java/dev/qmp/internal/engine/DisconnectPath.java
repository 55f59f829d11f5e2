package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.SessionOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one way back to {@code IDLE}, for user, peer and error alike. It drains a healthy session, closes open resources,
 * and reports the first cause to the waiting callers.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class DisconnectPath<M> {

    private final Engine<M> engine;
    private final Listening listening;
    private final SessionEndLog log;

    private @Nullable Teardown teardown;
    /** Cause of the last session's end that no caller of {@code disconnect()} has received yet. */
    private @Nullable Throwable untoldCause;

    /** One way back to {@code IDLE}: its first cause, and the callbacks that wait for its end. */
    private static final class Teardown {

        private final List<Consumer<@Nullable Throwable>> waiters = new ArrayList<>();
        private @Nullable Throwable cause;
        /** The attempt that was ended. Its caller gets the cause, and the waiters do not. */
        private @Nullable Attempt<?> attempt;

        private Cancellable deadline = Cancellable.NOTHING;
        private boolean closing;

        Teardown(@Nullable Throwable cause) {
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

    boolean isUnderWay() {
        return teardown != null;
    }

    /** {@return whether the session ends as soon as all messages and replies are done} */
    boolean isDraining() {
        Teardown current = teardown;
        return current != null && !current.closing;
    }

    /** Drops the cause of an earlier session, because a new attempt begins. */
    void startFresh() {
        untoldCause = null;
    }

    /** Ends the session, or the attempt, because of a failure. */
    void sessionFailed(Throwable cause) {
        if (engine.runstates().current() != Runstate.IDLE) {
            abort(cause);
        }
    }

    /** Ends the attempt in progress, or the session, without waiting for replies. */
    void abort(@Nullable Throwable cause) {
        tearDown(cause, false, null);
    }

    /**
     * Starts the way back to {@code IDLE}, or speeds up the one in progress. Idempotent.
     *
     * @param graceful whether to wait for messages and replies
     * @param waiter called on the event loop at the end: with the cause if no earlier waiter has received it, otherwise
     *     with null
     */
    void tearDown(@Nullable Throwable cause, boolean graceful, @Nullable Consumer<@Nullable Throwable> waiter) {
        Teardown current = teardown;
        boolean drain = graceful;
        if (current == null) {
            drain = graceful && engine.runstates().current() == Runstate.RUNNING;
            current = start(cause, drain, waiter);
        } else {
            current.join(cause, waiter);
        }
        if (teardown != current) {
            return; // a listener has disconnected, too, and so completed this teardown
        }
        if (drain) {
            proceed(current);
        } else {
            close(current);
        }
    }

    private Teardown start(@Nullable Throwable cause, boolean drain, @Nullable Consumer<@Nullable Throwable> waiter) {
        Throwable reported = cause == null ? null : explain(cause);
        Teardown started = new Teardown(reported);
        teardown = started;
        started.join(null, waiter);
        started.attempt = engine.endAttempt();
        listening.stop();
        if (drain) {
            started.deadline(engine.loop().schedule(engine.options().disconnectTimeout(), () -> {
                engine.logger()
                        .warn(
                                "Commands are still under way after {} ms; closing",
                                engine.options().disconnectTimeout().toMillis());
                close(started);
            }));
        }
        engine.runstates().move(Runstate.DISCONNECTING, reported);
        return started;
    }

    /** Checks again whether a draining session is quiet, after a message was sent or received. */
    void sessionMoved() {
        Teardown current = teardown;
        if (current != null) {
            proceed(current);
        }
    }

    /** Closes the session as soon as it is quiet. */
    private void proceed(Teardown current) {
        Session<M> open = engine.session();
        if (!current.closing && (open == null || open.isQuiet())) {
            close(current);
        }
    }

    private void close(Teardown current) {
        if (current.closing) {
            return;
        }
        current.closing = true;
        Session<M> open = engine.session();
        if (open == null && listening.silent().isDone()) {
            finish(current);
            return;
        }
        current.deadline(engine.loop().schedule(engine.options().disconnectTimeout(), () -> finish(current)));
        if (open == null) {
            listening.silent().thenRun(() -> engine.onLoop(() -> finish(current)));
            return;
        }
        Throwable cause = current.cause;
        open.close(cause != null ? cause : new ConnectionLostException("disconnected", null));
    }

    /** Handles the close of the present session's transport. */
    void sessionClosed(Session<M> closed) {
        if (teardown == null || !teardown.closing) {
            sessionFailed(closed.endOfStream());
        }
        Teardown current = teardown;
        if (current != null) {
            finish(current);
        }
    }

    private Throwable explain(Throwable cause) {
        Attempt<?> attempt = engine.attempt();
        return attempt == null ? cause : attempt.explain(cause);
    }

    private void tell(Consumer<@Nullable Throwable> waiter, @Nullable Throwable news) {
        try {
            waiter.accept(news);
        } catch (Throwable e) {
            engine.failures().failed("A callback failed", "the end of the session", e); // the others are called, too
        }
    }

    /** {@return how the session ended, after logging it; null if there was no session} */
    private @Nullable SessionOutcome sessionOutcome(@Nullable Throwable cause) {
        RunstateMachine.EndedSession ended = engine.runstates().endedSession();
        Session<M> session = engine.session();
        if (ended == null || session == null) {
            return null;
        }
        SessionOutcome outcome = session.outcome(ended.left(), cause);
        log.ended(outcome, cause, ended.length());
        return outcome;
    }

    private void finish(Teardown finished) {
        if (teardown != finished) {
            return;
        }
        finished.deadline(Cancellable.NOTHING);
        Throwable cause = finished.cause;
        SessionOutcome outcome = sessionOutcome(cause);
        engine.sessionEnded();
        teardown = null;
        Attempt<?> attempt = finished.attempt;
        Throwable told = cause != null ? cause : untoldCause;
        untoldCause = attempt == null && finished.waiters.isEmpty() ? told : null;
        engine.runstates().move(Runstate.IDLE, cause, outcome);
        if (attempt != null) {
            attempt.fail(cause);
        }
        Throwable news = attempt == null ? told : null;
        finished.waiters.forEach(waiter -> tell(waiter, news));
    }
}
