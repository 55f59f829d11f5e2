package dev.qmp.sample.app;

import dev.qmp.QmpClient;
import dev.qmp.power.GuestStatus;
import dev.qmp.power.GuestStatusWatch;
import dev.qmp.protocol.Registration;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * The guest statuses of all connections, from memory. No method waits for a machine. Each change is published as a
 * {@link GuestStatusChanged}. The status of a guest agent's connection is unknown.
 */
@Component
public class GuestStates implements DisposableBean {

    private static final Duration FRESH = Duration.ofSeconds(1);

    private final ApplicationEventPublisher publisher;
    private final ConcurrentMap<String, GuestStatusWatch> watches = new ConcurrentHashMap<>();
    private final Registration registration;

    GuestStates(QmpClients clients, ApplicationEventPublisher publisher) {
        this.publisher = publisher;
        this.registration = clients.addListener(new QmpClientsListener() {

            @Override
            public void clientAdded(String name, QmpClient client) {
                if (!client.isGuestAgent()) {
                    watch(name, client);
                }
            }

            @Override
            public void clientRemoved(String name, QmpClient client) {
                GuestStatusWatch removed = watches.remove(name);
                if (removed != null) {
                    removed.close();
                }
            }
        });
    }

    private void watch(String name, QmpClient client) {
        GuestStatusWatch watch = GuestStatusWatch.open(client);
        watches.put(name, watch);
        watch.addListener(guest -> publish(name, guest));
    }

    private void publish(String name, GuestStatus guest) {
        publisher.publishEvent(new GuestStatusChanged(name, GuestState.text(guest.status()), guest.since()));
    }

    /**
     * {@return the last known status of a connection's guest} If it is old, a query begins. Another client may have the
     * name of a removed one, so the client has to be the right one.
     */
    public GuestState of(String connection, QmpClient client) {
        GuestStatusWatch watch = watches.get(connection);
        if (watch == null || watch.client() != client) {
            return GuestState.UNKNOWN;
        }
        watch.refreshIfOlder(FRESH);
        return GuestState.of(watch.current());
    }

    @Override
    public void destroy() {
        registration.close();
        watches.values().forEach(GuestStatusWatch::close);
    }
}
