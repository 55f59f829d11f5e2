package dev.qmp.spring;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.time.Clock;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** The runstate of a connection changed. Published in order for each connection, never on an event loop. */
public non-sealed class QmpRunstateChangedEvent extends QmpConnectionEvent {

    private static final long serialVersionUID = 1L;

    private final transient RunstateChange change;

    /** Creates the event. */
    public QmpRunstateChangedEvent(QmpClient client, String connectionName, RunstateChange change) {
        super(client, connectionName, Clock.fixed(change.at(), ZoneOffset.UTC));
        this.change = change;
    }

    /** {@return the runstate before} */
    public Runstate getPrevious() {
        return change.previous();
    }

    /** {@return the runstate after} */
    public Runstate getCurrent() {
        return change.current();
    }

    /** {@return the failure that caused the change, null if none did} */
    public @Nullable Throwable getCause() {
        return change.cause();
    }

    @Override
    public String getDescription() {
        return "the change from " + change.previous() + " to " + change.current();
    }
}
