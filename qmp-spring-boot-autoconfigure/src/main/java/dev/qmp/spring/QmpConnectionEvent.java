package dev.qmp.spring;

import dev.qmp.QmpClient;
import java.time.Clock;
import org.springframework.context.ApplicationEvent;

/**
 * An application event of one connection. Events are published in order for each connection, never on an event loop.
 * {@link QmpTaskEvent} states the order and the thread of task events, which differ. A listener that throws does not
 * keep the event from other listeners: the failure is logged and counted, see {@link QmpListenerFailures}.
 */
public abstract sealed class QmpConnectionEvent extends ApplicationEvent
        permits QmpEventReceivedEvent, QmpEventsLostEvent, QmpRunstateChangedEvent, QmpSessionEndedEvent, QmpTaskEvent {

    private static final long serialVersionUID = 1L;

    private final String connectionName;

    QmpConnectionEvent(QmpClient client, String connectionName) {
        super(client);
        this.connectionName = connectionName;
    }

    QmpConnectionEvent(QmpClient client, String connectionName, Clock clock) {
        super(client, clock);
        this.connectionName = connectionName;
    }

    /** {@return the connection's name} */
    public String getConnectionName() {
        return connectionName;
    }

    /** {@return the connection's client} A listener may execute commands, and wait if its thread is no event loop. */
    public QmpClient getClient() {
        return (QmpClient) getSource();
    }

    /** {@return what happened, in a few words, without payload} */
    public abstract String getDescription();
}
