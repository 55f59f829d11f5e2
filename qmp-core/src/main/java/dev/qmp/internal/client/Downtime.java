package dev.qmp.internal.client;

import dev.qmp.SessionEnd;
import dev.qmp.SessionEnd.Kind;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.net.ConnectException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Keeps since when there is no session, and why the last one ended, until the next session begins. Written on the event
 * loop, read from any thread.
 */
final class Downtime {

    private final boolean dialsUnixSocket;
    private volatile @Nullable Instant since = Instant.now();
    private volatile @Nullable SessionEnd lastEnd;
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

    @BottomHalf
    void runstateChanged(RunstateChange change, ShutdownNotice notice) {
        switch (change.current()) {
            case CONNECTING -> {}
            case RUNNING -> {
                lastEnd = null;
                since = null;
            }
            case DISCONNECTING -> {
                if (change.previous() == Runstate.RUNNING) {
                    sessionEnds(change, notice);
                }
            }
            case IDLE -> {
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
}
