package dev.qmp.spring;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.EventType;

/**
 * A machine sent an event. Published in order for each connection, never on an event loop. Replies do not wait for
 * listeners, so a command's caller may go on before the listeners of earlier events have run.
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

    /**
     * {@return the event as a type, for listeners that need the connection, too}
     *
     * @param type one of {@link dev.qmp.qapi.event}, or a type of the application with {@link dev.qmp.qapi.EventName}
     * @throws IllegalArgumentException if the type stands for another event, or for none
     * @throws dev.qmp.error.MappingException if the data does not fit the type
     */
    public <E> E getEventAs(Class<E> type) {
        return EventType.of(type).read(event);
    }

    /** {@return the event's name, such as {@code STOP}} For the conditions of listeners. */
    public String getName() {
        return event.name();
    }

    @Override
    public String getDescription() {
        return "the event " + event.name();
    }
}
