package dev.qmp.internal.client;

import static dev.qmp.ReconnectState.CONNECTED;
import static dev.qmp.ReconnectState.CONNECTING;
import static dev.qmp.ReconnectState.CONNECTING_ONCE;
import static dev.qmp.ReconnectState.RESTARTING;
import static dev.qmp.ReconnectState.STOPPED;
import static dev.qmp.ReconnectState.WAITING;

import dev.qmp.ConnectMode;
import dev.qmp.ReconnectPolicy;
import dev.qmp.ReconnectState;
import dev.qmp.error.Checks;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.Text;
import dev.qmp.internal.client.ReconnectStateData.Connected;
import dev.qmp.internal.client.ReconnectStateData.Connecting;
import dev.qmp.internal.client.ReconnectStateData.ConnectingOnce;
import dev.qmp.internal.client.ReconnectStateData.Delay;
import dev.qmp.internal.client.ReconnectStateData.Restarting;
import dev.qmp.internal.client.ReconnectStateData.Stopped;
import dev.qmp.internal.client.ReconnectStateData.Waiting;
import dev.qmp.internal.client.ReconnectStateData.Wanted;
import dev.qmp.internal.client.ReconnectStateData.WithoutSession;
import dev.qmp.internal.engine.LoopScheduler;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link ReconnectPolicy}: makes attempts until there is a session, and again when it is lost. A new series of
 * delays begins after a session that was {@code RUNNING} and in which the peer has sent anything. So a server that
 * accepts and closes does not cause a storm of attempts. {@link RetryDelays#sessionEnded} has the exception. In {@code
 * LISTEN} mode, a new series also begins after each accepted peer. It runs on the event loop.
 *
 * <p>The page {@code docs/internals/reconnecting.md} of the module draws the states and their moves. {@link #move} is
 * the only writer of the state, which is replaced together with its data.
 */
@BottomHalf
final class Reconnector {

    private final ReconnectPolicy policy;
    private final ConnectMode side;
    private final Connector connector;
    private final LoopScheduler scheduler;
    private final ConnectionLog log;
    private volatile ReconnectStateData current = new Stopped(AttemptHistory.withoutLoss());
    /** Since the client's creation. */
    private volatile long reconnects;

    /** Starts attempts at a session, and notices when the next one may succeed. */
    interface Connector {

        /** {@return whether an attempt may begin now} It must not before the end of the previous session. */
        boolean mayBegin();

        /** Begins an attempt, unless one is under way, or the client is closed. */
        void begin();

        /** {@return whether the peer of the last session has sent anything} */
        boolean hasPeerSent();

        /**
         * Calls back on the event loop when the server's socket has appeared. An endpoint that cannot be watched is not
         * watched.
         *
         * @param since the start of the attempt that found no server, or of the session that was lost
         * @return closing it ends the watch
         */
        Registration watchSocket(Instant since, Runnable appeared);
    }

    Reconnector(
            ReconnectPolicy policy, ConnectMode side, Connector connector, LoopScheduler scheduler, ConnectionLog log) {
        this.policy = policy;
        this.side = side;
        this.connector = connector;
        this.scheduler = scheduler;
        this.log = log;
    }

    // ------------------------------------------------------------------ any thread

    /** {@return the reconnector's state} */
    @UpperHalf
    ReconnectState state() {
        return current.state();
    }

    /** {@return the number of failed attempts since the last session, or since {@code stop()}} */
    @UpperHalf
    int failedAttempts() {
        return current instanceof WithoutSession without ? without.history().failedAttempts() : 0;
    }

    /** {@return the number of sessions that replaced a lost one} */
    @UpperHalf
    long reconnects() {
        return reconnects;
    }

    /** {@return when the next attempt begins; null if none is scheduled} */
    @UpperHalf
    @Nullable
    Instant nextAttempt() {
        return current instanceof Waiting waiting ? waiting.delay().until() : null;
    }

    /**
     * {@return whether the client makes an attempt by itself: now, after a delay, or after the end of the session} Only
     * after a session does the policy decide. Without one, the attempt is under way or scheduled.
     */
    @UpperHalf
    boolean isAttemptExpected() {
        ReconnectStateData state = current;
        return state instanceof Connected ? isEnabled() : state instanceof Wanted;
    }

    /** {@return whether the policy allows further attempts} It is application code, and may throw. */
    @UpperHalf
    boolean isEnabled() {
        try {
            return policy.isEnabled();
        } catch (Throwable e) {
            return false;
        }
    }

    // ------------------------------------------------------------------ the machine

    private void move(ReconnectStateData next) {
        ReconnectStateData left = current;
        if (!mayMove(left.state(), next.state())) {
            throw new IllegalStateException("the reconnector cannot go from " + left.state() + " to " + next.state());
        }
        current = next;
        if (left instanceof Waiting waiting) {
            waiting.delay().end();
        }
    }

    /**
     * {@return whether the drawing has this move} The attempts may end in every state. A {@code start()} replaces the
     * data of {@code CONNECTED}.
     */
    private static boolean mayMove(ReconnectState from, ReconnectState next) {
        Set<ReconnectState> others =
                switch (from) {
                    case STOPPED -> Set.of(CONNECTING_ONCE, CONNECTING, RESTARTING);
                    case CONNECTING_ONCE -> Set.of(CONNECTING, RESTARTING, CONNECTED);
                    case CONNECTING -> Set.of(CONNECTED, WAITING);
                    case CONNECTED -> Set.of(WAITING, CONNECTED);
                    case RESTARTING -> Set.of(WAITING);
                    case WAITING -> Set.of(CONNECTING, CONNECTED);
                };
        return next == STOPPED || others.contains(next);
    }

    /** Makes the client connect by itself from now on. */
    void start() {
        scheduler.assertOnLoop();
        if (current instanceof Connected connected) {
            move(new Connected(connected.delays(), connected.since(), false));
        } else if (current instanceof WithoutSession without && !(current instanceof Wanted)) {
            begin(without.history(), new RetryDelays(policy));
        }
    }

    private void begin(AttemptHistory history, RetryDelays delays) {
        if (connector.mayBegin()) {
            beginAttempt(history, delays);
        } else {
            move(new Restarting(history, delays));
        }
    }

    private void beginAttempt(AttemptHistory history, RetryDelays delays) {
        Connecting connecting = new Connecting(history, delays);
        move(connecting);
        try {
            connector.begin();
        } catch (Throwable e) { // such as OutOfMemoryError: perhaps no change of the runstate follows
            if (current == connecting) {
                tryAgain(history, delays, e);
            }
            throw e;
        }
    }

    /** Makes an attempt within a delay, which goes on. Without a delay, nothing happens. */
    void attemptNow() {
        scheduler.assertOnLoop();
        if (current instanceof Waiting) {
            connector.begin();
        }
    }

    /**
     * Handles the cancellation of a caller's own attempt, which may have had an outcome. If the client was started
     * before, it goes on connecting.
     */
    void ownAttemptCancelled() {
        scheduler.assertOnLoop();
        if (current instanceof ConnectingOnce || (current instanceof Connected connected && connected.onlyByCaller())) {
            stop();
        }
    }

    /** Ends all attempts, and begins another history. */
    void stop() {
        scheduler.assertOnLoop();
        move(new Stopped(AttemptHistory.withoutLoss()));
        log.forget();
    }

    void runstateChanged(RunstateChange change) {
        scheduler.assertOnLoop();
        switch (change.current()) {
            case CONNECTING -> attemptBegan(change.at());
            case RUNNING -> established(change.at());
            case DISCONNECTING -> {}
            case IDLE -> ended(change);
        }
    }

    /** Notes the start of an attempt, which may be a caller's own. */
    private void attemptBegan(Instant at) {
        if (current instanceof WithoutSession without) {
            without.history().attemptBegan(at);
        }
        if (current instanceof Stopped stopped) {
            move(new ConnectingOnce(stopped.history()));
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is the only writer
    private void established(Instant at) {
        ReconnectStateData left = current;
        move(
                left instanceof Wanted wanted
                        ? new Connected(wanted.delays(), at, false)
                        : new Connected(new RetryDelays(policy), at, true));
        if (left instanceof WithoutSession without && without.history().isAfterLoss()) {
            reconnects++;
        }
        log.connected();
    }

    private void ended(RunstateChange change) {
        if (current instanceof Connected connected) {
            RetryDelays delays = connected.delays();
            if (side == ConnectMode.LISTEN) {
                delays.beginSeries();
            } else if (connector.hasPeerSent()) {
                delays.sessionEnded(change.cause() instanceof ProtocolException);
            }
            tryAgain(AttemptHistory.afterLoss(connected.since(), change.outcome()), delays, change.cause());
        } else if (current instanceof WithoutSession without) {
            attemptEnded(without, change);
        }
    }

    /** Handles the end of an attempt, or of the session that {@code stop()} left. */
    private void attemptEnded(WithoutSession left, RunstateChange change) {
        AttemptHistory history = left.history();
        Throwable cause = change.cause();
        history.sessionEnded(change.outcome());
        if (left instanceof Stopped) {
            return;
        }
        history.attemptEnded(cause);
        if (left instanceof Wanted wanted && isOfPeer(cause)) {
            wanted.delays().beginSeries();
        }
        if (left instanceof ConnectingOnce) {
            move(new Stopped(history));
        } else if (left instanceof Restarting restarting) {
            scheduleAttempt(history, restarting.delays(), Duration.ZERO, cause);
        } else if (left instanceof Connecting connecting) {
            tryAgain(history, connecting.delays(), cause);
        } // in WAITING, it was an attempt beside the delay, which goes on
    }

    private void tryAgain(AttemptHistory history, RetryDelays delays, @Nullable Throwable cause) {
        if (!isEnabled()) {
            endAttempts(history);
            if (cause instanceof QmpConnectException) {
                log.stopped(text(cause)); // the end of a session is logged elsewhere
            }
        } else if (mayRetry(cause)) {
            scheduleNext(history, delays, cause);
        } else {
            endAttempts(history);
            log.stopped(text(cause));
        }
    }

    /** Ends all attempts because of a failure. Their history stays. */
    private void endAttempts(AttemptHistory history) {
        move(new Stopped(history));
        log.forget();
    }

    /** Schedules the next attempt. The delays come from application code, which may throw. */
    private void scheduleNext(AttemptHistory history, RetryDelays delays, @Nullable Throwable cause) {
        Duration delay;
        try {
            delay = delays.nextDelay();
        } catch (Throwable e) {
            endAttempts(history);
            log.stopped(text(cause) + "; the reconnect policy has no more delay: " + Text.printable(e.toString()));
            return;
        }
        if (scheduleAttempt(history, delays, delay, cause)) { // first, so that a failure of the log has no effect
            log.notConnected(text(cause), history.isExpected(cause));
        }
    }

    /**
     * Schedules the next attempt. If its timer cannot be set, because the JVM is out of memory, all attempts end.
     *
     * @return whether the attempt will follow
     */
    private boolean scheduleAttempt(
            AttemptHistory history, RetryDelays delays, Duration length, @Nullable Throwable cause) {
        Delay delay = new Delay(Instant.now().plus(Checks.bounded(length)));
        move(new Waiting(history, delays, delay));
        try {
            delay.endsWith(scheduler.schedule(length, () -> delayOver(delay)));
        } catch (Throwable e) {
            endAttempts(history);
            log.stopped(text(cause) + "; the timer of the next attempt cannot be set: " + Text.printable(e.toString()));
            return false;
        }
        if (length.compareTo(SocketWatch.INTERVAL) > 0) {
            delay.endsWith(connector.watchSocket(history.newerThan(), () -> delayOver(delay)));
        }
        return true;
    }

    /**
     * Begins an attempt after a delay, or when the server's socket has appeared. Then the rest of the delay is skipped,
     * and the series of delays goes on. A report after the end of its delay has no effect.
     */
    private void delayOver(Delay delay) {
        if (current instanceof Waiting waiting && waiting.delay() == delay) {
            beginAttempt(waiting.history(), waiting.delays());
        }
    }

    private static String text(@Nullable Throwable cause) {
        return cause == null ? "the session ended" : Text.messageOf(cause);
    }

    /**
     * {@return whether another attempt may succeed} In {@code LISTEN} mode a bad peer does not stop the client, because
     * the next one may be the right machine.
     */
    private boolean mayRetry(@Nullable Throwable cause) {
        return !(cause instanceof QmpConnectException failed) || failed.isRetryable() || isOfPeer(cause);
    }

    /** {@return whether an attempt has ended with a peer that connected to this client} */
    private boolean isOfPeer(@Nullable Throwable cause) {
        return side == ConnectMode.LISTEN && !AttemptHistory.isUnreachable(cause);
    }
}
