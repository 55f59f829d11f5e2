package dev.qmp.spring;

import dev.qmp.QmpClient;

/**
 * Events of a connection were lost, because listeners were too slow. Published in the place of the lost events, so
 * that a listener that tracks the machine's state can query it again.
 */
public non-sealed class QmpEventsLostEvent extends QmpConnectionEvent {

    private static final long serialVersionUID = 1L;

    private final long lost;

    /** Creates the event. */
    public QmpEventsLostEvent(QmpClient client, String connectionName, long lost) {
        super(client, connectionName);
        this.lost = lost;
    }

    /** {@return the number of events lost since the last event that was published} */
    public long getLost() {
        return lost;
    }

    @Override
    public String getDescription() {
        return "the loss of events";
    }
}
