package dev.qmp.autoconfigure.metrics;

import dev.qmp.QmpClient;
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
import org.jspecify.annotations.Nullable;

/** The meters of one connection. */
final class ConnectionMeters {

    /** Limit of distinct event names, because a machine may send arbitrary ones. Further names share one meter. */
    private static final int MAX_EVENT_NAMES = 200;

    private static final String OTHER_EVENTS = "other";

    private final MeterRegistry registry;
    private final String connection;
    private final List<Meter> meters = new CopyOnWriteArrayList<>();
    private final Map<String, Counter> events = new ConcurrentHashMap<>();
    private final Subscription subscription;
    /** Held while a meter is registered, so that an event in progress does not add a meter that was removed. */
    private final ReentrantLock lock = new ReentrantLock();

    private boolean closed;

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
        meters.add(Gauge.builder("qmp.commands.queued", client, c -> c.status().queued())
                .description("Commands accepted and not yet written")
                .baseUnit("commands")
                .tag("connection", connection)
                .strongReference(true)
                .register(registry));
        meters.add(Gauge.builder("qmp.commands.pending", client, c -> c.status().pending())
                .description("Commands written that await their reply")
                .baseUnit("commands")
                .tag("connection", connection)
                .strongReference(true)
                .register(registry));
        meters.add(FunctionCounter.builder(
                        "qmp.connection.reconnects", client, c -> c.status().reconnects())
                .description("Sessions made again after a loss")
                .tag("connection", connection)
                .register(registry));
        meters.add(FunctionCounter.builder(
                        "qmp.events.dropped", client, c -> c.status().eventsLost())
                .description("Events that listeners were too slow for")
                .tag("connection", connection)
                .register(registry));
        meters.add(FunctionCounter.builder(
                        "qmp.commands.refused", client, c -> c.status().commandsRefused())
                .description("Commands that the command policy refused")
                .tag("connection", connection)
                .register(registry));
        meters.add(FunctionCounter.builder(
                        "qmp.replies.late", client, c -> c.status().lateReplies())
                .description("Replies dropped after their commands were cancelled or timed out")
                .tag("connection", connection)
                .register(registry));
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
        String name = events.containsKey(event.name()) || events.size() < MAX_EVENT_NAMES ? event.name() : OTHER_EVENTS;
        Counter counter = events.computeIfAbsent(name, this::counter);
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
