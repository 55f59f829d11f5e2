package dev.qmp.internal.client;

import dev.qmp.ReconnectState;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.UpperHalf;
import java.time.Instant;

/**
 * A state of the {@link Reconnector}, with the data that exists in this state only. Its {@link ReconnectState} is the
 * name that the application sees.
 */
sealed interface ReconnectStateData {

    /** {@return the name of the state} */
    ReconnectState state();

    /** A state without a session. */
    sealed interface WithoutSession extends ReconnectStateData {

        AttemptHistory history();
    }

    /** A state in which a session is wanted. */
    sealed interface Wanted extends ReconnectStateData {

        RetryDelays delays();
    }

    /** No attempt is made. */
    record Stopped(AttemptHistory history) implements WithoutSession {

        @Override
        public ReconnectState state() {
            return ReconnectState.STOPPED;
        }
    }

    /** A caller's own attempt is under way, and that caller receives its failure. */
    record ConnectingOnce(AttemptHistory history) implements WithoutSession {

        @Override
        public ReconnectState state() {
            return ReconnectState.CONNECTING_ONCE;
        }
    }

    /** An attempt is under way. */
    record Connecting(AttemptHistory history, RetryDelays delays) implements WithoutSession, Wanted {

        @Override
        public ReconnectState state() {
            return ReconnectState.CONNECTING;
        }
    }

    /**
     * There is a session, or it is ending.
     *
     * @param since when it began
     * @param onlyByCaller whether only a caller's {@code connect()} wants it, so that cancelling that call also ends
     *     the reconnecting
     */
    record Connected(RetryDelays delays, Instant since, boolean onlyByCaller) implements Wanted {

        @Override
        public ReconnectState state() {
            return ReconnectState.CONNECTED;
        }
    }

    /** A delay runs before the next attempt. */
    record Waiting(AttemptHistory history, RetryDelays delays, Delay delay) implements WithoutSession, Wanted {

        @Override
        public ReconnectState state() {
            return ReconnectState.WAITING;
        }
    }

    /** The last session, or an attempt, is still ending. */
    record Restarting(AttemptHistory history, RetryDelays delays) implements WithoutSession, Wanted {

        @Override
        public ReconnectState state() {
            return ReconnectState.RESTARTING;
        }
    }

    /** A delay before an attempt, which its timer or the appearance of the server's socket ends. */
    @BottomHalf
    final class Delay {

        private final Instant until;
        private Cancellable timer = Cancellable.NOTHING;
        private Registration watch = () -> {};

        Delay(Instant until) {
            this.until = until;
        }

        /** {@return when the attempt begins, if no socket appears before} */
        @UpperHalf
        Instant until() {
            return until;
        }

        void endsWith(Cancellable timer) {
            this.timer = timer;
        }

        void endsWith(Registration watch) {
            this.watch = watch;
        }

        /** Cancels what is left of timer and watch. */
        void end() {
            timer.cancel();
            watch.close();
        }
    }
}
