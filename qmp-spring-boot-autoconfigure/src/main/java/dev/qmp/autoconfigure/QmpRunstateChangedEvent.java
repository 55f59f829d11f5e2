package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.time.Clock;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;

/** A connection went from one runstate to the next. Published in order for each connection, never on an event loop. */
public class QmpRunstateChangedEvent extends ApplicationEvent {

    private static final long serialVersionUID = 1L;

    private final String connectionName;
    private final transient RunstateChange change;

    /** Creates the event. */
    public QmpRunstateChangedEvent(QmpClient client, String connectionName, RunstateChange change) {
        super(client, Clock.fixed(change.at(), ZoneOffset.UTC));
        this.connectionName = connectionName;
        this.change = change;
    }

    /** {@return the connection's name} */
    public String getConnectionName() {
        return connectionName;
    }

    /** {@return the connection's client} */
    public QmpClient getClient() {
        return (QmpClient) getSource();
    }

    /** {@return the runstate before} */
    public Runstate getPrevious() {
        return change.previous();
    }

    /** {@return the runstate after} */
    public Runstate getCurrent() {
        return change.current();
    }

    /** {@return what went wrong, if that is why} */
    public @Nullable Throwable getCause() {
        return change.cause();
    }
}
