package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;

/**
 * Something happened in a virtual machine. Published in order for each connection, never on an event loop, and before the
 * caller of a command goes on whose reply came after it (if the listeners are quick).
 */
public non-sealed class QmpEventReceivedEvent extends QmpConnectionEvent {

    private static final long serialVersionUID = 1L;

    private final transient QmpEvent event;

    /** Creates the event. */
    public QmpEventReceivedEvent(QmpClient client, String connectionName, QmpEvent event) {
        super(client, connectionName);
        this.event = event;
    }

    /** {@return the event as the machine sent it} */
    public QmpEvent getEvent() {
        return event;
    }

    /** {@return the event's name, such as {@code STOP}; made for conditions} */
    public String getName() {
        return event.name();
    }

    @Override
    String what() {
        return "the event " + event.name();
    }
}
