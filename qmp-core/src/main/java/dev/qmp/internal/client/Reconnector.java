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
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link ReconnectPolicy}: makes attempts until there is a session, and again when it is lost. A new series of
 * delays begins only after a session in which the peer was heard, so that a server that accepts and hangs up does not
 * cause a storm of attempts; and, when listening, after each peer that came. Lives on the event loop.
 *
 * <pre>
 *            a caller's own attempt
 *   STOPPED ───────────────────────► CONNECTING_ONCE ── established ──► CONNECTED
 *    │  ▲  ◄──────── failed ──────────────┘ start │                       │  ▲
 *    │  │                                         ▼                  lost │  │ established
 *    │  └─ stop, given up (from every state)  CONNECTING ◄── delay over ──┴─ WAITING
 *    │ start          session before is ending    ▲  └─────── failed ───────►
 *    └───────► CONNECTING, or RESTARTING ── IDLE ─┘
 * </pre>
 */
@BottomHalf
@SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is the only writer of the counts
final class Reconnector {

    private final ReconnectPolicy policy;
    private final ConnectMode side;
    private final Attempt attempt;
    private final Scheduler scheduler;
    private final ConnectionLog log;
    private final SocketAppearance appearance;
    private volatile ReconnectState state = ReconnectState.STOPPED;
    private ReconnectPolicy.@Nullable Schedule schedule;
    private @Nullable Cancellable timer;
    private @Nullable Registration watch;
    private Instant attemptBegan = Instant.MIN;
    private volatile @Nullable Instant nextAttempt;
    /** Whether a session is wanted for good only because a caller's own attempt has led to one. */
    private boolean tentative;

    /** Whether the last session was lost, and none has been made since. */
    private boolean lost;

    private volatile int attempts;
    private volatile long reconnects;

    /** The way to a session. */
    interface Attempt {

        /** {@return whether it was begun} It cannot be before the session before has come to its end. */
        boolean begin();

        /** {@return whether anything came from the peer of the last session} */
        default boolean wasPeerHeard() {
            return true;
        }
    }

    /** Watches the place of the server while a delay runs. */
    interface SocketAppearance {

        /** For a place that cannot be watched. */
        SocketAppearance NONE = (since, appeared) -> () -> {};

        /**
         * Calls back on the event loop when the server's socket has appeared.
         *
         * @param since when the attempt began that found no server
         * @return ends the watch
         */
        Registration watch(Instant since, Runnable appeared);
    }

    Reconnector(
            ReconnectPolicy policy,
            ConnectMode side,
            Attempt attempt,
            Scheduler scheduler,
            ConnectionLog log,
            SocketAppearance appearance) {
        this.policy = policy;
        this.side = side;
        this.attempt = attempt;
        this.scheduler = scheduler;
        this.log = log;
        this.appearance = appearance;
    }

    /** {@return where the machine above stands; from any thread} */
    ReconnectState state() {
        return state;
    }

    /** {@return failed attempts since the last session} */
    int attempts() {
        return attempts;
    }

    /** {@return sessions made again after a loss} */
    long reconnects() {
        return reconnects;
    }

    /** {@return when the next attempt begins, null if none is scheduled; from any thread} */
    @Nullable
    Instant nextAttempt() {
        return nextAttempt;
    }

    /** {@return whether a session is made again by itself, should there be none} From any thread. */
    boolean isGoingOn() {
        ReconnectState now = state;
        return now != ReconnectState.STOPPED && now != ReconnectState.CONNECTING_ONCE && isEnabled();
    }

    /** The policy is the application's code. */
    private boolean isEnabled() {
        try {
            return policy.isEnabled();
        } catch (Throwable e) {
            return false;
        }
    }

    /** A session is wanted from now on. */
    void start() {
        tentative = false;
        if (state == ReconnectState.STOPPED || state == ReconnectState.CONNECTING_ONCE) {
            state = ReconnectState.CONNECTING;
            if (!attempt.begin()) {
                state = ReconnectState.RESTARTING;
            }
        }
    }

    /**
     * A caller has cancelled its own attempt, whatever has come of it. A session that was wanted before is still
     * wanted.
     */
    void takenBack() {
        if (state == ReconnectState.CONNECTING_ONCE || tentative) {
            stop();
        }
    }

    /** Nothing is wanted any more, and all that was is forgotten. */
    void stop() {
        state = ReconnectState.STOPPED;
        tentative = false;
        lost = false;
        attempts = 0;
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
            case IDLE -> ended(change.cause());
        }
    }

    /** An attempt that no state here asked for is a caller's own. */
    private void begun() {
        attemptBegan = Instant.now();
        tentative = false;
        if (state == ReconnectState.STOPPED) {
            state = ReconnectState.CONNECTING_ONCE;
        }
    }

    private void established() {
        if (lost) {
            reconnects++;
        }
        lost = false;
        tentative = state == ReconnectState.CONNECTING_ONCE;
        state = ReconnectState.CONNECTED;
        cancelTimer();
        attempts = 0;
        log.connected();
    }

    private void ended(@Nullable Throwable cause) {
        boolean endsSession = state == ReconnectState.CONNECTED;
        lost |= endsSession;
        boolean peerCame = side == ConnectMode.LISTEN && !isOfTransport(cause);
        if (peerCame || (endsSession && attempt.wasPeerHeard())) {
            schedule = null;
        }
        if (cause instanceof QmpConnectException && state != ReconnectState.STOPPED) {
            attempts++;
        }
        switch (state) {
            case STOPPED, WAITING -> {}
            case CONNECTING_ONCE -> state = ReconnectState.STOPPED;
            case RESTARTING -> scheduleAttempt(Duration.ZERO);
            case CONNECTING, CONNECTED -> tryAgain(cause);
        }
    }

    private void tryAgain(@Nullable Throwable cause) {
        if (!isEnabled()) {
            giveUp();
            if (cause instanceof QmpConnectException) {
                log.gaveUp(text(cause)); // the end of a session has a line of its own
            }
        } else if (mayHelp(cause)) {
            scheduleNext(cause);
        } else {
            giveUp();
            log.gaveUp(text(cause));
        }
    }

    private void giveUp() {
        state = ReconnectState.STOPPED;
        tentative = false;
        schedule = null; // the next start begins a new series
        log.forget();
    }

    /** The delays are the application's code. */
    private void scheduleNext(@Nullable Throwable cause) {
        Duration delay;
        try {
            ReconnectPolicy.Schedule delays = schedule != null ? schedule : policy.newSchedule();
            schedule = delays;
            delay = Objects.requireNonNull(delays.nextDelay(), "no delay");
        } catch (Throwable e) {
            giveUp();
            log.gaveUp(text(cause) + "; the reconnect policy has no more delay: " + Text.printable(e.toString()));
            return;
        }
        scheduleAttempt(delay); // whatever the log does
        log.notConnected(text(cause));
    }

    private void scheduleAttempt(Duration delay) {
        state = ReconnectState.WAITING;
        nextAttempt = after(delay);
        Cancellable delayed = scheduler.schedule(delay, () -> {
            timer = null;
            nextAttempt = null;
            endWatch();
            state = ReconnectState.CONNECTING;
            attempt.begin();
        });
        timer = delayed;
        if (delay.compareTo(SocketWatch.INTERVAL) > 0) {
            watch = appearance.watch(attemptBegan, () -> socketAppeared(delayed));
        }
    }

    /**
     * Skips the rest of a delay, because the server may be there now. The series of delays goes on. A report that comes
     * after the end of its delay has no effect.
     */
    private void socketAppeared(Cancellable delayed) {
        if (timer == delayed) {
            cancelTimer();
            state = ReconnectState.CONNECTING;
            attempt.begin();
        }
    }

    /** A delay of an application's policy may be longer than time itself. */
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

    /** A peer that was accepted ends no listening: the next peer may be the right one. */
    private boolean mayHelp(@Nullable Throwable cause) {
        return !(cause instanceof QmpConnectException failed)
                || failed.isRetryable()
                || (side == ConnectMode.LISTEN && !isOfTransport(cause));
    }

    private static boolean isOfTransport(@Nullable Throwable cause) {
        return cause instanceof QmpConnectException failed && failed.phase() == ConnectPhase.TRANSPORT;
    }
}
