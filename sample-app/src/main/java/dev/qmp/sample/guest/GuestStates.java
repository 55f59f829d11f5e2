package dev.qmp.sample.guest;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpClients;
import dev.qmp.autoconfigure.QmpEventReceivedEvent;
import dev.qmp.autoconfigure.QmpRunstateChangedEvent;
import dev.qmp.protocol.Runstate;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** What all guests are doing, from memory. Nothing here waits for a machine. */
@Component
public class GuestStates {

    private static final Set<String> TELLING = Set.of(
            "STOP", "RESUME", "RESET", "SHUTDOWN", "SUSPEND", "SUSPEND_DISK", "WAKEUP", "WATCHDOG", "GUEST_PANICKED");

    private final QmpClients clients;
    private final ApplicationEventPublisher publisher;
    private final ConcurrentMap<String, GuestWatch> watches = new ConcurrentHashMap<>();

    GuestStates(QmpClients clients, ApplicationEventPublisher publisher) {
        this.clients = clients;
        this.publisher = publisher;
    }

    /** {@return what the guest of a connection is doing, as far as is known} Sees to it that more is known next time. */
    public GuestState of(String connection, QmpClient client) {
        GuestWatch watch = watch(connection);
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
            watch(event.getConnectionName()).forget();
        }
    }

    @EventListener
    void onQmpEvent(QmpEventReceivedEvent event) {
        if (TELLING.contains(event.getEvent().name())) {
            refresh(event.getConnectionName());
        }
    }

    private void refresh(String connection) {
        clients.find(connection).ifPresent(client -> watch(connection).refresh(client));
    }

    private GuestWatch watch(String connection) {
        watches.keySet().removeIf(name -> !clients.names().contains(name) && !name.equals(connection));
        return watches.computeIfAbsent(connection, name -> new GuestWatch(name, publisher::publishEvent));
    }
}
