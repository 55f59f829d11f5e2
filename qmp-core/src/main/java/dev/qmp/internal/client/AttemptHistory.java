package dev.qmp.internal.client;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.SessionOutcome;
import dev.qmp.protocol.UpperHalf;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of the {@link Reconnector} since the last session, and what came before them. A history begins with the
 * client, with the loss of a session, and with {@code stop()}. It is discarded with the next session.
 *
 * <p>The {@link Downtime} describes the time without a session for the application, and {@code stop()} does not end it.
 */
@BottomHalf
final class AttemptHistory {

    private final boolean afterLoss;
    /** Whether the session before was ended in good order, so that the server may stay away. */
    private boolean afterOrderlyEnd;
    /** The start of the last attempt or of the lost session: a socket that is newer belongs to another server. */
    private Instant newerThan;

    private volatile int failedAttempts;

    private AttemptHistory(boolean afterLoss, Instant newerThan) {
        this.afterLoss = afterLoss;
        this.newerThan = newerThan;
    }

    /** {@return the history of a new client, and after {@code stop()}} */
    static AttemptHistory withoutLoss() {
        return new AttemptHistory(false, Instant.EPOCH);
    }

    /**
     * {@return the history after a loss}
     *
     * @param sessionBegan when the lost session began
     * @param outcome how it ended; null if that is not known
     */
    static AttemptHistory afterLoss(Instant sessionBegan, @Nullable SessionOutcome outcome) {
        AttemptHistory history = new AttemptHistory(true, sessionBegan);
        history.sessionEnded(outcome);
        return history;
    }

    /**
     * Notes the end of the session that was open at {@code stop()}; null if there was none, or if its outcome is not
     * known.
     */
    void sessionEnded(@Nullable SessionOutcome outcome) {
        if (outcome != null) {
            afterOrderlyEnd = outcome.isOrderly();
        }
    }

    void attemptBegan(Instant at) {
        newerThan = at;
    }

    /** Counts an attempt, if it has failed. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    void attemptEnded(@Nullable Throwable cause) {
        if (cause instanceof QmpConnectException) {
            failedAttempts++;
        }
    }

    /** {@return the number of failed attempts} */
    @UpperHalf
    int failedAttempts() {
        return failedAttempts;
    }

    /** {@return whether a session was lost, so that the next one replaces it} */
    boolean isAfterLoss() {
        return afterLoss;
    }

    Instant newerThan() {
        return newerThan;
    }

    /** {@return whether there is no session because the server was shut down and has not come back} */
    boolean isExpected(@Nullable Throwable cause) {
        return afterOrderlyEnd && (!(cause instanceof QmpConnectException) || isUnreachable(cause));
    }

    /** {@return whether an attempt has failed without reaching a peer} */
    static boolean isUnreachable(@Nullable Throwable cause) {
        return cause instanceof QmpConnectException failed && failed.phase() == ConnectPhase.TRANSPORT;
    }
}
