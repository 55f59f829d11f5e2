package dev.qmp.sample.app;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpEventsLostEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** The guest statuses of all connections, from memory. No method waits for a machine. */
@Component
public class GuestStates implements DisposableBean {

    /** The events after which the status may be another one. */
    private static final Set<String> CHANGES = Set.of(
            "STOP",
            "RESUME",
            "RESET",
            "SHUTDOWN",
            "SUSPEND",
            "SUSPEND_DISK",
            "WAKEUP",
            "WATCHDOG",
            "GUEST_PANICKED",
            "GUEST_CRASHLOADED",
            "BLOCK_IO_ERROR",
            "MIGRATION");

    private final QmpClients clients;
    private final ConcurrentMap<String, GuestWatch> watches = new ConcurrentHashMap<>();
    private final Registration registration;

    GuestStates(QmpClients clients, ApplicationEventPublisher publisher) {
        this.clients = clients;
        this.registration = clients.addListener(new QmpClientsListener() {

            @Override
            public void clientAdded(String name, QmpClient client) {
                watches.put(name, new GuestWatch(name, publisher::publishEvent));
            }

            @Override
            public void clientRemoved(String name, QmpClient client) {
                watches.remove(name);
            }
        });
    }

    /** {@return the last known status of a connection's guest} Starts a query if the status is old. */
    public GuestState of(String connection, QmpClient client) {
        GuestWatch watch = watches.get(connection);
        if (watch == null) {
            return GuestState.UNKNOWN;
        }
        if (client.runstate() == Runstate.RUNNING) {
            watch.refreshIfStale(client);
        }
        return watch.state();
    }

    @EventListener
    void onRunstateChange(QmpRunstateChangedEvent event) {
        if (event.getCurrent() == Runstate.RUNNING) {
            refresh(event.getConnectionName());
        } else {
            forget(event.getConnectionName());
        }
    }

    @EventListener
    void onQmpEvent(QmpEventReceivedEvent event) {
        if (CHANGES.contains(event.getEvent().name())) {
            refresh(event.getConnectionName());
        }
    }

    /** A lost event may have been a change of the status. */
    @EventListener
    void onEventsLost(QmpEventsLostEvent event) {
        refresh(event.getConnectionName());
    }

    private void refresh(String connection) {
        GuestWatch watch = watches.get(connection);
        if (watch != null) {
            clients.find(connection).ifPresent(watch::refresh);
        }
    }

    private void forget(String connection) {
        GuestWatch watch = watches.get(connection);
        if (watch != null) {
            watch.forget();
        }
    }

    @Override
    public void destroy() {
        registration.close();
    }
}
