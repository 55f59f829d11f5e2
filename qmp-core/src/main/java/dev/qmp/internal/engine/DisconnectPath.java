package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.SessionOutcome;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The one way back to IDLE, for user, peer and error alike: drains if nothing is wrong, closes what is open, and reports
 * the first cause to whoever waits.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class DisconnectPath<M> implements SessionListener {

    private final EngineContext<M> context;
    private final SessionSlot<M> sessions;
    private final AttemptSlot attempts;
    private final Listening listening;
    private final ProtocolOptions options;
    private final RunstateMachine runstates;
    private final Logger logger;
    private final SessionEndLog log;

    private @Nullable Teardown teardown;
    /** Why an earlier session ended: news to the next who waits, not to those who listen and have heard it. */
    private @Nullable Throwable untoldCause;

    DisconnectPath(EngineContext<M> context, SessionSlot<M> sessions, AttemptSlot attempts, Listening listening) {
        this.context = context;
        this.sessions = sessions;
        this.attempts = attempts;
        this.listening = listening;
        this.options = context.options();
        this.runstates = context.runstates();
        this.logger = context.logger();
        this.log = new SessionEndLog(context.logger(), System::nanoTime);
    }

    boolean isUnderWay() {
        return teardown != null;
    }

    /** {@return whether the session ends as soon as all that is under way is done} */
    boolean isDraining() {
        Teardown current = teardown;
        return current != null && !current.isClosing();
    }

    /** An attempt begins: what happened before it is nobody's concern any more. */
    void startFresh() {
        untoldCause = null;
    }

    /** The session, or the attempt at one, cannot go on. */
    @Override
    public void sessionFailed(Throwable cause) {
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
        Throwable reported = cause == null ? null : attempts.explain(cause);
        Teardown started = new Teardown(reported);
        teardown = started;
        started.join(null, waiter);
        started.attempt(attempts.clear());
        listening.stop();
        if (drain) {
            started.deadline(context.loop().schedule(options.disconnectTimeout(), () -> {
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
    @Override
    public void sessionMoved() {
        Teardown current = teardown;
        if (current != null) {
            proceed(current);
        }
    }

    /** Closes as soon as nothing is under way. */
    private void proceed(Teardown current) {
        Session<M> open = sessions.session();
        if (!current.isClosing() && (open == null || open.isQuiet())) {
            close(current);
        }
    }

    private void close(Teardown current) {
        if (current.isClosing()) {
            return;
        }
        current.startClosing();
        Session<M> open = sessions.session();
        if (open == null && listening.silent().isDone()) {
            finish(current);
            return;
        }
        current.deadline(context.loop().schedule(options.disconnectTimeout(), () -> finish(current)));
        if (open == null) {
            listening.silent().thenRun(() -> context.onLoop(() -> finish(current)));
            return;
        }
        Throwable cause = current.cause();
        open.close(cause != null ? cause : new ConnectionLostException("disconnected", null));
    }

    /** The transport of the present session has closed. */
    void sessionClosed() {
        if (teardown == null || !teardown.isClosing()) {
            sessionFailed(endOfStream());
        }
        Teardown current = teardown;
        if (current != null) {
            finish(current);
        }
    }

    private Throwable endOfStream() {
        try {
            return context.hooks().endOfStream();
        } catch (Throwable e) {
            return e;
        }
    }

    private void tell(Consumer<@Nullable Throwable> waiter, @Nullable Throwable news) {
        try {
            waiter.accept(news);
        } catch (Throwable e) {
            context.failures().failed("A callback failed", "the end of the session", e); // the others run all the same
        }
    }

    /** {@return how the session ended, which is logged; null if there was none} */
    private @Nullable SessionOutcome sessionOutcome(@Nullable Throwable cause) {
        RunstateMachine.EndedSession ended = runstates.endedSession();
        if (ended == null) {
            return null;
        }
        SessionOutcome outcome = null;
        try {
            outcome = context.hooks().outcome(ended.left(), cause);
        } catch (Throwable e) {
            context.failures().failed("A hook failed", "the end of the session", e);
        }
        log.ended(outcome, cause, ended.length());
        return outcome;
    }

    private void finish(Teardown finished) {
        if (teardown != finished) {
            return;
        }
        finished.deadline(Cancellable.NOTHING);
        sessions.clear();
        teardown = null;
        Throwable cause = finished.cause();
        Attempt attempt = finished.attempt();
        Throwable told = cause != null ? cause : untoldCause;
        untoldCause = attempt == null && finished.waiters().isEmpty() ? told : null;
        runstates.move(Runstate.IDLE, cause, sessionOutcome(cause));
        if (attempt != null) {
            context.callbacks().fail(attempt.promise(), cause != null ? cause : attempt.disconnected());
        }
        Throwable news = attempt == null ? told : null;
        finished.waiters().forEach(waiter -> tell(waiter, news));
    }
}
