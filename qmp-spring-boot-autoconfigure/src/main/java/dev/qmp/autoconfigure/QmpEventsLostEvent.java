package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import org.springframework.context.ApplicationEvent;

/**
 * Listeners were too slow for the events of a connection, and some were lost. Published in the place of the lost ones, so
 * that a listener that follows the machine's state knows when to ask for it anew.
 */
public class QmpEventsLostEvent extends ApplicationEvent {

    private static final long serialVersionUID = 1L;

    private final String connectionName;
    private final long lost;

    /** Creates the event. */
    public QmpEventsLostEvent(QmpClient client, String connectionName, long lost) {
        super(client);
        this.connectionName = connectionName;
        this.lost = lost;
    }

    /** {@return the connection's name} */
    public String getConnectionName() {
        return connectionName;
    }

    /** {@return the connection's client} */
    public QmpClient getClient() {
        return (QmpClient) getSource();
    }

    /** {@return how many were lost since the last event that was published} */
    public long getLost() {
        return lost;
    }
}
