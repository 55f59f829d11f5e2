package dev.qmp.spring;

import dev.qmp.QmpClient;
import dev.qmp.SessionEnd;
import dev.qmp.protocol.Runstate;
import java.time.Clock;
import java.time.ZoneOffset;

/**
 * A session ended: by request, by a shutdown of the machine, by a crash, or by a loss of the connection. Published
 * once per session, after the {@link QmpRunstateChangedEvent} to {@link Runstate#IDLE}, never on an event loop. The
 * end is always that of this session, also if a listener runs late.
 *
 * <p>A kill of QEMU is found only by the next attempt to connect. So its end is published as {@link
 * SessionEnd.Kind#CONNECTION_LOST}, and {@link dev.qmp.QmpClientStatus#lastEnd()} changes to {@link
 * SessionEnd.Kind#CRASHED} with that attempt.
 */
public non-sealed class QmpSessionEndedEvent extends QmpConnectionEvent {

    private static final long serialVersionUID = 1L;

    private final transient SessionEnd end;

    /** Creates the event. */
    public QmpSessionEndedEvent(QmpClient client, String connectionName, SessionEnd end) {
        super(client, connectionName, Clock.fixed(end.at(), ZoneOffset.UTC));
        this.end = end;
    }

    /** {@return why and when the session ended} */
    public SessionEnd getEnd() {
        return end;
    }

    @Override
    public String getDescription() {
        return "the end of a session, " + end.kind();
    }
}
