package dev.qmp.sample.app;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.spring.QmpConnectionEvent;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpEventsLostEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * The guest statuses of all connections, from memory. No method waits for a machine. Events of a client that was
 * removed can come late, so they are ignored: another client may have its name by then.
 */
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

    private final ApplicationEventPublisher publisher;
    private final ConcurrentMap<String, Watched> watches = new ConcurrentHashMap<>();
    private final Registration registration;

    GuestStates(QmpClients clients, ApplicationEventPublisher publisher) {
        this.publisher = publisher;
        this.registration = clients.addListener(new QmpClientsListener() {

            @Override
            public void clientAdded(String name, QmpClient client) {
                watches.put(name, new Watched(name, client));
            }

            @Override
            public void clientRemoved(String name, QmpClient client) {
                watches.remove(name);
            }
        });
    }

    /** {@return the last known status of a connection's guest} Starts a query if the status is old. */
    public GuestState of(String connection, QmpClient client) {
        GuestWatch watch = watch(connection, client);
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
            refresh(event);
        } else {
            forget(event);
        }
    }

    @EventListener
    void onQmpEvent(QmpEventReceivedEvent event) {
        if (CHANGES.contains(event.getEvent().name())) {
            refresh(event);
        }
    }

    /** A lost event may have been a change of the status. */
    @EventListener
    void onEventsLost(QmpEventsLostEvent event) {
        refresh(event);
    }

    private void refresh(QmpConnectionEvent event) {
        GuestWatch watch = watch(event.getConnectionName(), event.getClient());
        if (watch != null) {
            watch.refresh(event.getClient());
        }
    }

    private void forget(QmpConnectionEvent event) {
        GuestWatch watch = watch(event.getConnectionName(), event.getClient());
        if (watch != null) {
            watch.forget();
        }
    }

    private @Nullable GuestWatch watch(String connection, QmpClient client) {
        Watched watched = watches.get(connection);
        return watched != null && watched.client == client ? watched.watch : null;
    }

    @Override
    public void destroy() {
        registration.close();
    }

    /** A present connection. */
    private final class Watched {

        private final QmpClient client;
        private final GuestWatch watch;

        Watched(String name, QmpClient client) {
            this.client = client;
            this.watch = new GuestWatch(name, this::changed);
        }

        private void changed(GuestStatusChanged change) {
            if (watches.get(change.connection()) == this) {
                publisher.publishEvent(change);
            }
        }
    }
}
