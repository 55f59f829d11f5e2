package dev.qmp.internal.client;

import dev.qmp.SessionEnd;
import dev.qmp.SessionEnd.Kind;
import dev.qmp.internal.engine.Causes;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.net.ConnectException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Records since when there is no session, and why the last one ended, until the next session begins. Written on the
 * event loop, and read by any thread.
 */
final class Downtime {

    private final boolean dialsUnixSocket;
    private volatile @Nullable Instant since = Instant.now();
    private volatile @Nullable SessionEnd lastEnd;
    private volatile @Nullable Throwable lastFailure;
    /** Whether an attempt can still prove how the machine ended. Used on the event loop only. */
    private boolean undecided;

    /**
     * Creates the record of a client that has had no session yet.
     *
     * @param dialsUnixSocket whether a refused attempt proves that the socket's file is older than the end of its
     *     server
     */
    Downtime(boolean dialsUnixSocket) {
        this.dialsUnixSocket = dialsUnixSocket;
    }

    static Downtime of(Endpoint endpoint, boolean dials) {
        return new Downtime(dials && endpoint instanceof Endpoint.Unix);
    }

    /** {@return since when there is no session; null while there is one} */
    @Nullable
    Instant since() {
        return since;
    }

    /** {@return the end of the last session; null before the first end and while there is a session} */
    @Nullable
    SessionEnd lastEnd() {
        return lastEnd;
    }

    /** {@return the failure of the last session or attempt; null if it did not fail} */
    @Nullable
    Throwable lastFailure() {
        return lastFailure;
    }

    /**
     * Notes a change of the runstate.
     *
     * @param session the session that changes; null if there is none
     */
    @BottomHalf
    void runstateChanged(RunstateChange change, @Nullable QmpSession session) {
        switch (change.current()) {
            case CONNECTING -> {}
            case RUNNING -> {
                lastEnd = null;
                lastFailure = null;
                since = null;
            }
            case DISCONNECTING -> {
                lastFailure = change.cause();
                if (session != null && session.isEstablished()) {
                    sessionEnds(change, session.shutdown());
                }
            }
            case IDLE -> {
                if (change.cause() != null) {
                    lastFailure = change.cause(); // the session may fail during the disconnect
                }
                SessionEnd end = SessionEnd.of(change);
                if (end != null) {
                    lastEnd = end; // the draining session may have received a reason or failed
                } else if (change.cause() instanceof QmpConnectException failed) {
                    attemptFailed(failed);
                }
            }
        }
    }

    private void sessionEnds(RunstateChange change, ShutdownNotice notice) {
        SessionEnd end = notice.endOf(change, change.cause());
        lastEnd = end;
        since = change.at();
        undecided = end.kind() == Kind.CONNECTION_LOST;
    }

    /**
     * Checks for the proof of a crash. Only the first attempt that does not reach the peer decides, because later ones
     * may find the socket of another process.
     */
    private void attemptFailed(QmpConnectException failed) {
        SessionEnd end = lastEnd;
        if (end == null || !undecided || failed.phase() != ConnectPhase.TRANSPORT) {
            return;
        }
        undecided = false;
        // the transport gives every refused connection this type of cause
        if (dialsUnixSocket && failed.getCause() instanceof ConnectException) {
            lastEnd = new SessionEnd(Kind.CRASHED, end.at(), end.shutdownReason(), end.cause());
        }
    }

    // ------------------------------------------------------------------ in words

    /** The prospects while there is no session. */
    enum Hope {
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
    String describe(Runstate runstate, boolean closed, Hope hope, @Nullable Instant nextAttempt) {
        Throwable cause = lastFailure;
        String failure = cause == null ? "" : Causes.text(cause);
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
                hope == Hope.NEXT_ATTEMPT
                        ? "is down" + down + after(": ", failure) + text(nextAttempt)
                        : idleForGood(hope, failure);
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

    private static String idleForGood(Hope hope, String failure) {
        if (hope == Hope.LOOPS_CLOSED) {
            return "cannot connect any more, because its event loops are closed";
        }
        return failure.isEmpty()
                ? "is not connected, and does not try to; call connect() or start()"
                : "does not try to connect any more; call start() to resume; the last failure: " + failure;
    }
}
