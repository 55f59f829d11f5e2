package dev.qmp.internal.client;

import dev.qmp.ConnectMode;
import dev.qmp.ReconnectPolicy;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link ReconnectPolicy}: makes attempts until there is a session, and again when it is lost. A new series of
 * delays begins only after a session was established, so that a server that accepts and hangs up is not stormed. Lives on
 * the event loop.
 */
@BottomHalf
@SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is the only writer of the counts
final class Reconnector {

    /** What the reconnector is about. */
    private enum Mode {
        /** Nothing is wanted. */
        STOPPED,
        /** One attempt is being made for a caller, who is told of its failure. */
        ONCE,
        /** A session is wanted for good. */
        KEEP
    }

    private final ReconnectPolicy policy;
    private final ConnectMode side;
    private final Attempt attempt;
    private final Scheduler scheduler;
    private final ConnectionLog log;
    private volatile Mode mode = Mode.STOPPED;
    private ReconnectPolicy.@Nullable Schedule schedule;
    private @Nullable Registration timer;
    private boolean running;
    private boolean lost;
    private boolean overdue;
    private volatile int attempts;
    private volatile long reconnects;

    /** The way to a session. */
    @FunctionalInterface
    interface Attempt {

        /** {@return whether it was begun} It cannot be before the session before has come to its end. */
        boolean begin();
    }

    Reconnector(ReconnectPolicy policy, ConnectMode side, Attempt attempt, Scheduler scheduler, ConnectionLog log) {
        this.policy = policy;
        this.side = side;
        this.attempt = attempt;
        this.scheduler = scheduler;
        this.log = log;
    }

    /** {@return failed attempts since the last session} */
    int attempts() {
        return attempts;
    }

    /** {@return sessions made again after a loss} */
    long reconnects() {
        return reconnects;
    }

    /** {@return whether a session is made again by itself, should there be none} From any thread. */
    boolean isGoingOn() {
        return mode == Mode.KEEP && policy.isEnabled();
    }

    /** A caller makes one attempt of his own. */
    void once() {
        if (mode == Mode.STOPPED) {
            mode = Mode.ONCE;
        }
    }

    /** A session is wanted from now on. */
    void start() {
        if (mode != Mode.KEEP) {
            mode = Mode.KEEP;
            overdue = !attempt.begin();
        }
    }

    /** Nothing is wanted any more, and all that was is forgotten. */
    void stop() {
        mode = Mode.STOPPED;
        overdue = false;
        running = false;
        lost = false;
        attempts = 0;
        log.forget();
        schedule = null;
        cancelTimer();
    }

    private void cancelTimer() {
        Registration waiting = timer;
        timer = null;
        if (waiting != null) {
            waiting.close();
        }
    }

    /** {@return whether an end of the session with this cause leads to another attempt} */
    boolean willReconnect(@Nullable Throwable cause) {
        return mode == Mode.KEEP && policy.isEnabled() && mayHelp(cause);
    }

    void runstateChanged(RunstateChange change) {
        if (change.current() == Runstate.RUNNING) {
            established();
        } else if (change.current() == Runstate.IDLE) {
            ended(change.cause());
        }
    }

    private void established() {
        if (lost) {
            reconnects++;
        }
        lost = false;
        running = true;
        overdue = false;
        mode = Mode.KEEP;
        cancelTimer();
        schedule = null;
        attempts = 0;
        log.connected();
    }

    private void ended(@Nullable Throwable cause) {
        lost |= running && mode == Mode.KEEP;
        running = false;
        if (cause instanceof QmpConnectException && mode != Mode.STOPPED) {
            attempts++;
        }
        if (mode == Mode.ONCE) {
            mode = Mode.STOPPED;
        }
        if (mode != Mode.KEEP || timer != null) {
            return;
        }
        if (overdue) {
            overdue = false;
            scheduleAttempt(Duration.ZERO);
        } else if (willReconnect(cause)) {
            scheduleNext(cause);
        } else {
            mode = Mode.STOPPED;
            log.forget();
            if (policy.isEnabled()) {
                log.gaveUp(text(cause));
            }
        }
    }

    private void scheduleNext(@Nullable Throwable cause) {
        ReconnectPolicy.Schedule delays = schedule != null ? schedule : policy.newSchedule();
        schedule = delays;
        log.notConnected(text(cause));
        scheduleAttempt(delays.nextDelay());
    }

    private void scheduleAttempt(Duration delay) {
        timer = scheduler.schedule(delay, () -> {
            timer = null;
            if (mode == Mode.KEEP) {
                attempt.begin();
            }
        });
    }

    private static String text(@Nullable Throwable cause) {
        return cause == null ? "the session ended" : String.valueOf(cause.getMessage());
    }

    /** Who listens is not to be stopped by whom he took in: the next peer may be the right one. */
    private boolean mayHelp(@Nullable Throwable cause) {
        return !(cause instanceof QmpConnectException failed)
                || failed.isRetryable()
                || (side == ConnectMode.LISTEN && failed.phase() != ConnectPhase.TRANSPORT);
    }
}
