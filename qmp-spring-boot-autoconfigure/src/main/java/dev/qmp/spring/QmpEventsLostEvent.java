package dev.qmp.spring;

import dev.qmp.QmpClient;

/**
 * Listeners were too slow for the events of a connection, and some were lost. Published in the place of the lost ones, so
 * that a listener that follows the machine's state knows when to ask for it anew.
 */
public non-sealed class QmpEventsLostEvent extends QmpConnectionEvent {

    private static final long serialVersionUID = 1L;

    private final long lost;

    /** Creates the event. */
    public QmpEventsLostEvent(QmpClient client, String connectionName, long lost) {
        super(client, connectionName);
        this.lost = lost;
    }

    /** {@return how many were lost since the last event that was published} */
    public long getLost() {
        return lost;
    }

    @Override
    public String getDescription() {
        return "the loss of events";
    }
}
