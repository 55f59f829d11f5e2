package dev.qmp.autoconfigure.metrics;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.autoconfigure.CountedEvents;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Subscription;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpListenerFailures;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The meters of one connection. */
final class ConnectionMeters {

    private static final List<StatusValue> GAUGES = List.of(
            new StatusValue("qmp.commands.queued", "Commands accepted and not yet written", QmpClientStatus::queued),
            new StatusValue(
                    "qmp.commands.pending", "Commands written that await their reply", QmpClientStatus::pending));

    private static final List<StatusValue> COUNTERS = List.of(
            new StatusValue(
                    "qmp.connection.reconnects", "Sessions made again after a loss", QmpClientStatus::reconnects),
            new StatusValue(
                    "qmp.events.dropped", "Events that listeners were too slow for", QmpClientStatus::eventsLost),
            new StatusValue(
                    "qmp.commands.refused",
                    "Commands that the command policy refused",
                    QmpClientStatus::commandsRefused),
            new StatusValue(
                    "qmp.replies.late",
                    "Replies dropped after their commands were cancelled or timed out",
                    QmpClientStatus::lateReplies),
            new StatusValue(
                    "qmp.replies.stray", "Replies dropped that belong to no command", QmpClientStatus::strayReplies));

    private final MeterRegistry registry;
    private final String connection;
    private final List<Meter> meters = new CopyOnWriteArrayList<>();
    private final Map<String, Counter> events = new ConcurrentHashMap<>();
    private final Subscription subscription;
    /** Held while a meter is registered, so that an event in progress does not add a meter that was removed. */
    private final ReentrantLock lock = new ReentrantLock();

    private boolean closed;

    /** A meter whose value is in the client's status. */
    private record StatusValue(String name, String description, ToDoubleFunction<QmpClientStatus> value) {

        double of(QmpClient client) {
            return value.applyAsDouble(client.status());
        }
    }

    ConnectionMeters(MeterRegistry registry, String connection, QmpClient client, QmpListenerFailures failures) {
        this.registry = registry;
        this.connection = connection;
        for (Runstate state : Runstate.values()) {
            meters.add(Gauge.builder("qmp.connection.state", client, c -> c.runstate() == state ? 1 : 0)
                    .description("Whether the connection is in the runstate (1) or not (0)")
                    .tag("connection", connection)
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .strongReference(true)
                    .register(registry));
        }
        for (StatusValue gauge : GAUGES) {
            meters.add(Gauge.builder(gauge.name(), client, gauge::of)
                    .description(gauge.description())
                    .baseUnit("commands")
                    .tag("connection", connection)
                    .strongReference(true)
                    .register(registry));
        }
        for (StatusValue counter : COUNTERS) {
            meters.add(FunctionCounter.builder(counter.name(), client, counter::of)
                    .description(counter.description())
                    .tag("connection", connection)
                    .register(registry));
        }
        meters.add(FunctionCounter.builder("qmp.listener.failures", failures, f -> f.count(connection))
                .description("Failures of application listeners at events of the connection")
                .tag("connection", connection)
                .register(registry));
        // Counts in the filter, on the event loop, because handing each event to another thread would cost more.
        EventFilter counting = EventFilter.all().where(event -> {
            count(event);
            return false;
        });
        this.subscription = client.events().subscribe(counting, event -> {});
    }

    private void count(QmpEvent event) {
        Counter counter = events.computeIfAbsent(CountedEvents.nameOf(event, events), this::counter);
        if (counter != null) {
            counter.increment();
        }
    }

    private @Nullable Counter counter(String event) {
        lock.lock();
        try {
            return closed ? null : registered(event);
        } finally {
            lock.unlock();
        }
    }

    private Counter registered(String event) {
        Counter counter = Counter.builder("qmp.events")
                .description("Events received")
                .tag("connection", connection)
                .tag("event", event)
                .register(registry);
        meters.add(counter);
        return counter;
    }

    void close() {
        subscription.close();
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        meters.forEach(registry::remove);
    }
}
