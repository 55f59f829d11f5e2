package dev.qmp.internal.client;

import dev.qmp.SessionEnd;
import dev.qmp.SessionEnd.Kind;
import dev.qmp.error.Text;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.net.ConnectException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Since when there is no session, and why, as the client's status shows it. Each change of the runstate replaces the
 * whole object, so a reader gets values that belong together.
 *
 * @param since since when there is no session; null while there is one
 * @param lastEnd the end of the last session; null before the first end and while there is a session
 * @param lastFailure the failure of the last session or attempt; null if it did not fail
 * @param undecided whether an attempt can still prove how the machine ended
 */
record Downtime(
        @Nullable Instant since, @Nullable SessionEnd lastEnd, @Nullable Throwable lastFailure, boolean undecided) {

    /** Holds while there is a session. */
    private static final Downtime NONE = new Downtime(null, null, null, false);

    /** {@return the time until the first session, which begins now} */
    static Downtime beforeFirstSession() {
        return new Downtime(Instant.now(), null, null, false);
    }

    /**
     * {@return what holds after a change of the runstate}
     *
     * @param session the session that changes; null if there is none
     * @param dialsUnixSocket whether a refused attempt proves that the socket's file is older than the end of its
     *     server
     */
    @BottomHalf
    Downtime after(RunstateChange change, @Nullable QmpSession session, boolean dialsUnixSocket) {
        return switch (change.current()) {
            case CONNECTING -> this;
            case RUNNING -> NONE;
            case DISCONNECTING ->
                session != null && change.previous() == Runstate.RUNNING
                        ? begin(change, session.shutdown())
                        : new Downtime(since, lastEnd, change.cause(), undecided);
            case IDLE -> {
                SessionEnd end = SessionEnd.of(change);
                if (end != null) {
                    yield failed(end, change.cause()); // the draining session may have received a reason or failed
                }
                yield change.cause() instanceof QmpConnectException attempt
                        ? attemptFailed(attempt, dialsUnixSocket)
                        : failed(lastEnd, change.cause());
            }
        };
    }

    private static Downtime begin(RunstateChange change, ShutdownNotice notice) {
        SessionEnd end = notice.endOf(change, change.cause());
        return new Downtime(change.at(), end, change.cause(), end.kind() == Kind.CONNECTION_LOST);
    }

    private Downtime failed(@Nullable SessionEnd end, @Nullable Throwable failure) {
        return new Downtime(since, end, failure != null ? failure : lastFailure, undecided);
    }

    /**
     * Checks for the proof of a crash. Only the first attempt that does not reach the peer decides, because later ones
     * may find the socket of another process.
     */
    private Downtime attemptFailed(QmpConnectException failed, boolean dialsUnixSocket) {
        SessionEnd end = lastEnd;
        if (end == null || !undecided || !AttemptHistory.isUnreachable(failed)) {
            return failed(end, failed);
        }
        // the transport gives every refused connection this type of cause
        boolean crashed = dialsUnixSocket && failed.getCause() instanceof ConnectException;
        SessionEnd decided = crashed ? new SessionEnd(Kind.CRASHED, end.at(), end.shutdownReason(), end.cause()) : end;
        return new Downtime(since, decided, failed, false);
    }

    // ------------------------------------------------------------------ in words

    /** The prospects while there is no session. */
    enum Outlook {
        /** Another attempt follows. */
        NEXT_ATTEMPT,
        /** No attempt follows, unless the application starts one. */
        NONE,
        /** No attempt is possible, because the event loops are closed. */
        LOOPS_CLOSED
    }

    /**
     * {@return why there is no session, and when there may be one} It continues a sentence that begins with the
     * client's name.
     *
     * @param nextAttempt when the next attempt begins; null if none is scheduled
     */
    String describe(Runstate runstate, boolean closed, Outlook outlook, @Nullable Instant nextAttempt) {
        Throwable cause = lastFailure;
        String failure = cause == null ? "" : Text.messageOf(cause);
        if (closed) {
            return "is closed" + after(": ", failure);
        }
        Instant begin = since;
        String down = begin == null ? "" : " since " + begin.truncatedTo(ChronoUnit.SECONDS);
        return switch (runstate) {
            case CONNECTING -> "is down" + down + " and connecting" + after("; the last failure: ", failure);
            case DISCONNECTING -> "is disconnecting" + after(": ", failure);
            case RUNNING -> "has just connected";
            case IDLE ->
                outlook == Outlook.NEXT_ATTEMPT
                        ? "is down" + down + after(": ", failure) + text(nextAttempt)
                        : idleForGood(outlook, failure);
        };
    }

    private static String after(String introduction, String text) {
        return text.isEmpty() ? "" : introduction + text;
    }

    private static String text(@Nullable Instant nextAttempt) {
        if (nextAttempt == null) {
            return "; the next attempt is about to begin";
        }
        long millis = Math.max(0, ChronoUnit.MILLIS.between(Instant.now(), nextAttempt));
        return String.format(Locale.ROOT, "; the next attempt begins in %.1f s", millis / 1000.0);
    }

    private static String idleForGood(Outlook outlook, String failure) {
        if (outlook == Outlook.LOOPS_CLOSED) {
            return "cannot connect any more, because its event loops are closed";
        }
        return failure.isEmpty()
                ? "is not connected, and does not try to; call connect() or start()"
                : "does not try to connect any more; call start() to resume; the last failure: " + failure;
    }
}
