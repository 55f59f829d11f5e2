package dev.qmp.spring;

import dev.qmp.message.QmpEvent;
import org.springframework.context.ApplicationEvent;

/**
 * An event of a machine of the fleet, whichever instance holds it. Every instance publishes it, the owner too, if {@code
 * qmp.fleet.share-events} is set. In order for each connection, except that a change of owner can put events of both owners
 * next to each other in either order.
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
