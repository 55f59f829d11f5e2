package dev.qmp.spring;

import dev.qmp.message.QmpEvent;
import org.springframework.context.ApplicationEvent;

/**
 * An event of a machine of the fleet, published on every instance, the owner included, if {@code
 * qmp.fleet.share-events} is set. Events of one connection come in order. After a change of owner, events of the two
 * owners can be interleaved.
 */
public class QmpFleetEvent extends ApplicationEvent {

    private static final long serialVersionUID = 1L;

    private final String connectionName;
    private final String owner;
    private final transient QmpEvent event;

    /** Creates the event. */
    public QmpFleetEvent(QmpFleet fleet, String connectionName, String owner, QmpEvent event) {
        super(fleet);
        this.connectionName = connectionName;
        this.owner = owner;
        this.event = event;
    }

    /** {@return the connection's name} */
    public String getConnectionName() {
        return connectionName;
    }

    /** {@return the id of the instance that received it from the machine} */
    public String getOwner() {
        return owner;
    }

    /** {@return the machine's event} */
    public QmpEvent getEvent() {
        return event;
    }
}
