package dev.qmp.sample.stream;

import dev.qmp.autoconfigure.QmpEventReceivedEvent;
import dev.qmp.autoconfigure.QmpRunstateChangedEvent;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.sample.guest.GuestStatusChanged;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Writes down what the starter and {@code dev.qmp.sample.guest} publish. Quick, so that no machine's events wait for it. */
@Component
class EventRecorder {

    private final EventLog log;

    EventRecorder(EventLog log) {
        this.log = log;
    }

    @EventListener
    void onRunstateChange(QmpRunstateChangedEvent event) {
        Throwable cause = event.getCause();
        log.append(
                "runstate",
                new RunstateChanged(
                        event.getConnectionName(),
                        event.getPrevious(),
                        event.getCurrent(),
                        cause == null ? null : cause.getMessage(),
                        Instant.ofEpochMilli(event.getTimestamp())));
    }

    @EventListener
    void onQmpEvent(QmpEventReceivedEvent received) {
        QmpEvent event = received.getEvent();
        log.append("qmp", new QmpReceived(received.getConnectionName(), event.name(), event.data(), event.timestamp()));
    }

    @EventListener
    void onGuestStatusChange(GuestStatusChanged change) {
        log.append("guest", change);
    }

    /**
     * A connection's change of runstate.
     *
     * @param connection its name
     * @param previous the runstate before
     * @param current the runstate after
     * @param cause what went wrong, null if nothing did
     * @param at when
     */
    record RunstateChanged(
            String connection, Runstate previous, Runstate current, @Nullable String cause, Instant at) {}

    /**
     * An event of a machine.
     *
     * @param connection the name of its connection
     * @param event the event's name
     * @param data what it tells
     * @param at when it happened, by the machine's host
     */
    record QmpReceived(String connection, String event, JsonNode data, @Nullable Instant at) {}
}
