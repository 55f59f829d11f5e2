package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.SessionEnd;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.time.Clock;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * A session ended: by request, by a shutdown of the machine, by a crash, or by a loss of the connection. Published once a
 * session, after the {@link QmpRunstateChangedEvent} that leaves {@link Runstate#RUNNING}, never on an event loop.
 *
 * <p>A kill of QEMU is found only by the next attempt to connect. So its end is published as
 * {@link SessionEnd.Kind#CONNECTION_LOST}, and {@link dev.qmp.QmpClientStatus#lastEnd()} changes to
 * {@link SessionEnd.Kind#CRASHED} with that attempt.
 */
public non-sealed class QmpSessionEndedEvent extends QmpConnectionEvent {

    private static final long serialVersionUID = 1L;

    private final transient SessionEnd end;

    /** Creates the event. */
    public QmpSessionEndedEvent(QmpClient client, String connectionName, SessionEnd end) {
        super(client, connectionName, Clock.fixed(end.at(), ZoneOffset.UTC));
        this.end = end;
    }

    /**
     * {@return the event of a change that leaves {@code RUNNING}, null for any other change} If listeners are so late that
     * there is a new session already, the reason and the kind are no longer known; the kind then follows from the cause.
     */
    static @Nullable QmpSessionEndedEvent of(QmpClient client, String connectionName, RunstateChange change) {
        if (change.previous() != Runstate.RUNNING) {
            return null;
        }
        SessionEnd end = client.status().lastEnd();
        if (end == null || !end.at().equals(change.at())) {
            SessionEnd.Kind kind =
                    change.cause() == null ? SessionEnd.Kind.DISCONNECTED : SessionEnd.Kind.CONNECTION_LOST;
            end = new SessionEnd(kind, change.at(), null, change.cause());
        }
        return new QmpSessionEndedEvent(client, connectionName, end);
    }

    /** {@return why and when the session ended} */
    public SessionEnd getEnd() {
        return end;
    }

    @Override
    String what() {
        return "the end of a session, " + end.kind();
    }
}
