package dev.qmp.autoconfigure.endpoint;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.CountedEvents;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Subscription;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts the events of each name on each connection. */
final class EventCounts implements QmpClientsListener {

    private final Map<String, Counts> byConnection = new ConcurrentHashMap<>();

    EventCounts(QmpClients clients) {
        clients.addListener(this);
    }

    /** The counts of one connection, and its subscription. */
    private record Counts(Map<String, LongAdder> byName, Subscription subscription) {}

    @Override
    public void clientAdded(String name, QmpClient client) {
        Map<String, LongAdder> counts = new ConcurrentHashMap<>();
        // Counts in the filter, on the event loop, because handing each event to another thread would cost more.
        EventFilter counting = EventFilter.all().where(event -> {
            counts.computeIfAbsent(CountedEvents.nameOf(event, counts), added -> new LongAdder())
                    .increment();
            return false;
        });
        byConnection.put(name, new Counts(counts, client.events().subscribe(counting, event -> {})));
    }

    @Override
    public void clientRemoved(String name, QmpClient client) {
        Counts removed = byConnection.remove(name);
        if (removed != null) {
            removed.subscription().close();
        }
    }

    /** {@return the counts of a connection by name} */
    Map<String, Long> of(String connection) {
        Map<String, Long> sums = new TreeMap<>();
        Counts counts = byConnection.get(connection);
        if (counts != null) {
            counts.byName().forEach((name, count) -> sums.put(name, count.sum()));
        }
        return sums;
    }
}
