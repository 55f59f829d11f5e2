package dev.qmp.internal.client;

import dev.qmp.ConnectMode;
import dev.qmp.ReconnectPolicy;
import dev.qmp.ReconnectState;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Causes;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link ReconnectPolicy}: makes attempts until there is a session, and again when it is lost. A new series of
 * delays begins after a session in which the peer has sent anything. So a server that accepts and closes does not cause
 * a storm of attempts. In {@code LISTEN} mode, a new series also begins after each accepted peer. It runs on the event
 * loop.
 *
 * <p>The page {@code docs/internals/reconnecting.md} of the module draws the states and their moves. {@link #move} is
 * the only writer of the state.
 */
@BottomHalf
@SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is the only writer of the counts
final class Reconnector {

    private final ReconnectPolicy policy;
    private final ConnectMode side;
    private final Attempt attempt;
    private final Scheduler scheduler;
    private final ConnectionLog log;
    private volatile ReconnectState state = ReconnectState.STOPPED;
    private ReconnectPolicy.@Nullable Schedule schedule;
    private @Nullable Cancellable timer;
    private @Nullable Registration watch;
    /** In milliseconds since the epoch. */
    private long attemptBegan;

    private volatile @Nullable Instant nextAttempt;
    /** Whether the client connects by itself only because a caller's own attempt has succeeded. */
    private boolean tentative;

    /** Whether the last session was lost, and no other one has followed. */
    private boolean lost;

    /** Whether the last session ended in good order, so that the server may stay away. */
    private boolean endedInOrder;

    private volatile int failedAttempts;
    private volatile long reconnects;

    /** Starts attempts at a session, and notices when the next one may succeed. */
    interface Attempt {

        /** {@return whether the attempt has started} It cannot start before the end of the previous session. */
        boolean begin();

        /** {@return whether the peer of the last session has sent anything} */
        default boolean hasPeerSent() {
            return true;
        }

        /**
         * Calls back on the event loop when the server's socket has appeared. An endpoint that cannot be watched is not
         * watched.
         *
         * @param since the begin of the attempt that found no server
         * @return closing it ends the watch
         */
        default Registration watchSocket(Instant since, Runnable appeared) {
            return () -> {};
        }
    }

    Reconnector(ReconnectPolicy policy, ConnectMode side, Attempt attempt, Scheduler scheduler, ConnectionLog log) {
        this.policy = policy;
        this.side = side;
        this.attempt = attempt;
        this.scheduler = scheduler;
        this.log = log;
    }

    /** {@return where the machine above stands; from any thread} */
    ReconnectState state() {
        return state;
    }

    /** {@return the number of failed attempts since the last session, or since {@code stop()}} */
    int failedAttempts() {
        return failedAttempts;
    }

    /** {@return the number of sessions that replaced a lost one} */
    long reconnects() {
        return reconnects;
    }

    /** {@return when the next attempt begins; null if none is scheduled} Any thread may call it. */
    @Nullable
    Instant nextAttempt() {
        return nextAttempt;
    }

    /** {@return whether the client connects by itself if there is no session} Any thread may call it. */
    boolean isReconnecting() {
        ReconnectState now = state;
        return now != ReconnectState.STOPPED && now != ReconnectState.CONNECTING_ONCE && isEnabled();
    }

    /** {@return whether the policy allows further attempts} The policy is application code, and may throw. */
    private boolean isEnabled() {
        try {
            return policy.isEnabled();
        } catch (Throwable e) {
            return false;
        }
    }

    private void move(ReconnectState next) {
        assert mayMove(state, next) : state + " -> " + next;
        state = next;
    }

    private static boolean mayMove(ReconnectState from, ReconnectState next) {
        return next == ReconnectState.STOPPED
                || switch (from) {
                    case STOPPED -> next == ReconnectState.CONNECTING_ONCE || next == ReconnectState.CONNECTING;
                    case CONNECTING_ONCE -> next == ReconnectState.CONNECTING || next == ReconnectState.CONNECTED;
                    case CONNECTING ->
                        next == ReconnectState.CONNECTED
                                || next == ReconnectState.WAITING
                                || next == ReconnectState.RESTARTING;
                    case CONNECTED -> next == ReconnectState.WAITING;
                    case WAITING -> next == ReconnectState.CONNECTING || next == ReconnectState.CONNECTED;
                    case RESTARTING -> next == ReconnectState.WAITING;
                };
    }

    /** Makes the client connect by itself from now on. */
    void start() {
        tentative = false;
        if (state == ReconnectState.STOPPED || state == ReconnectState.CONNECTING_ONCE) {
            move(ReconnectState.CONNECTING);
            if (!attempt.begin()) {
                move(ReconnectState.RESTARTING);
            }
        }
    }

    /**
     * Handles the cancellation of a caller's own attempt, which may have had an outcome. If the client was started
     * before, it goes on connecting.
     */
    void ownAttemptCancelled() {
        if (state == ReconnectState.CONNECTING_ONCE || tentative) {
            stop();
        }
    }

    /** Ends all attempts, and resets the counts. */
    void stop() {
        move(ReconnectState.STOPPED);
        tentative = false;
        lost = false;
        endedInOrder = false;
        failedAttempts = 0;
        log.forget();
        schedule = null;
        cancelTimer();
    }

    private void cancelTimer() {
        Cancellable waiting = timer;
        timer = null;
        nextAttempt = null;
        if (waiting != null) {
            waiting.cancel();
        }
        endWatch();
    }

    private void endWatch() {
        Registration watching = watch;
        watch = null;
        if (watching != null) {
            watching.close();
        }
    }

    void runstateChanged(RunstateChange change) {
        switch (change.current()) {
            case CONNECTING -> begun();
            case RUNNING -> established();
            case DISCONNECTING -> {}
            case IDLE -> {
                SessionOutcome outcome = change.outcome();
                endedInOrder = outcome == null ? endedInOrder : outcome.isOrderly();
                ended(change.cause());
            }
        }
    }

    /** Notes the begin of an attempt. In {@code STOPPED}, it is a caller's own. */
    private void begun() {
        attemptBegan = System.currentTimeMillis();
        tentative = false;
        if (state == ReconnectState.STOPPED) {
            move(ReconnectState.CONNECTING_ONCE);
        }
    }

    private void established() {
        if (lost) {
            reconnects++;
        }
        lost = false;
        endedInOrder = false;
        tentative = state == ReconnectState.CONNECTING_ONCE;
        move(ReconnectState.CONNECTED);
        cancelTimer();
        failedAttempts = 0;
        log.connected();
    }

    private void ended(@Nullable Throwable cause) {
        boolean endsSession = state == ReconnectState.CONNECTED;
        lost |= endsSession;
        boolean peerCame = side == ConnectMode.LISTEN && !isOfTransport(cause);
        if (peerCame || (endsSession && attempt.hasPeerSent())) {
            schedule = null;
        }
        if (cause instanceof QmpConnectException && state != ReconnectState.STOPPED) {
            failedAttempts++;
        }
        switch (state) {
            case STOPPED, WAITING -> {}
            case CONNECTING_ONCE -> move(ReconnectState.STOPPED);
            case RESTARTING -> scheduleAttempt(Duration.ZERO);
            case CONNECTING, CONNECTED -> tryAgain(cause);
        }
    }

    private void tryAgain(@Nullable Throwable cause) {
        if (!isEnabled()) {
            endAttempts();
            if (cause instanceof QmpConnectException) {
                log.stopped(text(cause)); // the end of a session is logged elsewhere
            }
        } else if (mayRetry(cause)) {
            scheduleNext(cause);
        } else {
            endAttempts();
            log.stopped(text(cause));
        }
    }

    private void endAttempts() {
        move(ReconnectState.STOPPED);
        tentative = false;
        schedule = null; // the next start begins a new series
        log.forget();
    }

    /** Schedules the next attempt. The delays come from application code, which may throw. */
    private void scheduleNext(@Nullable Throwable cause) {
        Duration delay;
        try {
            ReconnectPolicy.Schedule delays = schedule != null ? schedule : policy.newSchedule();
            schedule = delays;
            delay = Objects.requireNonNull(delays.nextDelay(), "no delay");
        } catch (Throwable e) {
            endAttempts();
            log.stopped(text(cause) + "; the reconnect policy has no more delay: " + Text.printable(e.toString()));
            return;
        }
        scheduleAttempt(delay); // first, so that a failure of the log has no effect
        log.notConnected(text(cause), isExpected(cause));
    }

    /** {@return whether there is no session because the server was shut down and is not there again} */
    private boolean isExpected(@Nullable Throwable cause) {
        return endedInOrder && (!(cause instanceof QmpConnectException) || isOfTransport(cause));
    }

    private void scheduleAttempt(Duration delay) {
        move(ReconnectState.WAITING);
        nextAttempt = after(delay);
        Cancellable delayed = scheduler.schedule(delay, () -> {
            timer = null;
            nextAttempt = null;
            endWatch();
            move(ReconnectState.CONNECTING);
            attempt.begin();
        });
        timer = delayed;
        if (delay.compareTo(SocketWatch.INTERVAL) > 0) {
            watch = attempt.watchSocket(Instant.ofEpochMilli(attemptBegan), () -> socketAppeared(delayed));
        }
    }

    /**
     * Skips the rest of a delay, because the server may be there now. The series of delays goes on. A report after the
     * end of its delay has no effect.
     */
    private void socketAppeared(Cancellable delayed) {
        if (timer == delayed) {
            cancelTimer();
            move(ReconnectState.CONNECTING);
            attempt.begin();
        }
    }

    /** {@return the time after a delay} A delay of an application's policy may exceed the range of {@link Instant}. */
    private static Instant after(Duration delay) {
        try {
            return Instant.now().plus(delay);
        } catch (ArithmeticException | DateTimeException e) {
            return Instant.MAX;
        }
    }

    private static String text(@Nullable Throwable cause) {
        return cause == null ? "the session ended" : Causes.text(cause);
    }

    /**
     * {@return whether another attempt may succeed} In {@code LISTEN} mode a bad peer does not stop the client, because
     * the next one may be the right machine.
     */
    private boolean mayRetry(@Nullable Throwable cause) {
        return !(cause instanceof QmpConnectException failed)
                || failed.isRetryable()
                || (side == ConnectMode.LISTEN && !isOfTransport(cause));
    }

    private static boolean isOfTransport(@Nullable Throwable cause) {
        return cause instanceof QmpConnectException failed && failed.phase() == ConnectPhase.TRANSPORT;
    }
}
