package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.SessionOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The one way back to IDLE, for user, peer and error alike: drains if nothing is wrong, closes what is open, and
 * reports the first cause to whoever waits.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class DisconnectPath<M> {

    private final Engine<M> engine;
    private final Listening listening;
    private final ProtocolOptions options;
    private final RunstateMachine runstates;
    private final Logger logger;
    private final SessionEndLog log;

    private @Nullable Teardown teardown;
    /** Why an earlier session ended: news to the next who waits, not to those who listen and have heard it. */
    private @Nullable Throwable untoldCause;

    /** One way back to IDLE: its first cause, and the callbacks that wait for its end. */
    private static final class Teardown {

        private final List<Consumer<@Nullable Throwable>> waiters = new ArrayList<>();
        private @Nullable Throwable cause;
        /** The attempt that it ended; its caller gets the cause, rather than the waiters. */
        private @Nullable Attempt<?> attempt;

        private Cancellable deadline = Cancellable.NOTHING;
        private boolean closing;

        Teardown(@Nullable Throwable cause) {
            this.cause = cause;
        }

        /** A later cause is a consequence of the first, which stays. */
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
        this.options = engine.options();
        this.runstates = engine.runstates();
        this.logger = engine.logger();
        this.log = new SessionEndLog(logger, System::nanoTime);
    }

    boolean isUnderWay() {
        return teardown != null;
    }

    /** {@return whether the session ends as soon as all that is under way is done} */
    boolean isDraining() {
        Teardown current = teardown;
        return current != null && !current.closing;
    }

    /** An attempt begins: what happened before it is nobody's concern any more. */
    void startFresh() {
        untoldCause = null;
    }

    /** The session, or the attempt at one, cannot go on. */
    void sessionFailed(Throwable cause) {
        if (runstates.current() != Runstate.IDLE) {
            abort(cause);
        }
    }

    /** Ends the attempt under way, or the session, with nothing to wait for. */
    void abort(@Nullable Throwable cause) {
        tearDown(cause, false, null);
    }

    /**
     * Starts the way back to IDLE, or hastens the one under way. Idempotent.
     *
     * @param graceful whether to wait for what is under way
     * @param waiter who is told of the end, on the event loop: with the cause if it is news, or with null
     */
    void tearDown(@Nullable Throwable cause, boolean graceful, @Nullable Consumer<@Nullable Throwable> waiter) {
        Teardown current = teardown;
        boolean drain = graceful;
        if (current == null) {
            drain = graceful && runstates.current() == Runstate.RUNNING;
            current = start(cause, drain, waiter);
        } else {
            current.join(cause, waiter);
        }
        if (teardown != current) {
            return; // a listener was told, disconnected too, and so brought it to its end
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
            started.deadline(engine.loop().schedule(options.disconnectTimeout(), () -> {
                logger.warn(
                        "Commands are still under way after {} ms; closing",
                        options.disconnectTimeout().toMillis());
                close(started);
            }));
        }
        runstates.move(Runstate.DISCONNECTING, reported);
        return started;
    }

    /** Something came or went: the draining session may be quiet now. */
    void sessionMoved() {
        Teardown current = teardown;
        if (current != null) {
            proceed(current);
        }
    }

    /** Closes as soon as nothing is under way. */
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
        current.deadline(engine.loop().schedule(options.disconnectTimeout(), () -> finish(current)));
        if (open == null) {
            listening.silent().thenRun(() -> engine.onLoop(() -> finish(current)));
            return;
        }
        Throwable cause = current.cause;
        open.close(cause != null ? cause : new ConnectionLostException("disconnected", null));
    }

    /** The transport of the present session has closed. */
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
            engine.failures().failed("A callback failed", "the end of the session", e); // the others run all the same
        }
    }

    /** {@return how the session ended, which is logged; null if there was none} */
    private @Nullable SessionOutcome sessionOutcome(@Nullable Throwable cause) {
        RunstateMachine.EndedSession ended = runstates.endedSession();
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
        runstates.move(Runstate.IDLE, cause, outcome);
        if (attempt != null) {
            attempt.fail(cause);
        }
        Throwable news = attempt == null ? told : null;
        finished.waiters.forEach(waiter -> tell(waiter, news));
    }
}
