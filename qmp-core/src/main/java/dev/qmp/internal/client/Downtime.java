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
 * Keeps since when there is no session, and why the last one ended, until the next session begins. Written on the event
 * loop, read from any thread.
 */
final class Downtime {

    private final boolean dialsUnixSocket;
    private volatile @Nullable Instant since = Instant.now();
    private volatile @Nullable SessionEnd lastEnd;
    private volatile @Nullable Throwable lastFailure;
    /** Whether an attempt can still show what became of the machine. Read and written on the event loop only. */
    private boolean undecided;

    /**
     * Creates the record of a client that has had no session yet.
     *
     * @param dialsUnixSocket whether a refused attempt means that the socket's file outlived its server
     */
    Downtime(boolean dialsUnixSocket) {
        this.dialsUnixSocket = dialsUnixSocket;
    }

    static Downtime of(Endpoint endpoint, boolean dials) {
        return new Downtime(dials && endpoint instanceof Endpoint.Unix);
    }

    /** {@return since when there is no session, null while there is one} */
    @Nullable
    Instant since() {
        return since;
    }

    /** {@return the end of the last session, null before the first end and while there is a session} */
    @Nullable
    SessionEnd lastEnd() {
        return lastEnd;
    }

    /** {@return what the last session or attempt failed with; null if it did not fail} */
    @Nullable
    Throwable lastFailure() {
        return lastFailure;
    }

    /**
     * Notes a change of the runstate.
     *
     * @param session the session that changes, null if there is none
     */
    @BottomHalf
    void runstateChanged(RunstateChange change, @Nullable QmpSession session) {
        switch (change.current()) {
            case CONNECTING -> {}
            case RUNNING -> {
                lastEnd = null;
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
                    lastFailure = change.cause(); // it may fail on the way
                }
                SessionEnd end = SessionEnd.of(change);
                if (end != null) {
                    lastEnd = end; // a reason or a failure may have come while the session was drained
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

    /** The first attempt that does not reach the peer decides; a later one may find what another process left. */
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

    /** What can be expected while there is no session. */
    enum Hope {
        /** Another attempt. */
        NEXT_ATTEMPT,
        /** Nothing, unless the application calls for it. */
        NONE,
        /** Nothing any more: the event loops are closed. */
        LOOPS_CLOSED
    }

    /**
     * {@return why there is no session, and when there may be one} Continues a sentence that begins with the client's
     * name.
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
