package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.ringbuffer.Ringbuffer;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import com.hazelcast.topic.ReliableMessageListener;
import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.message.QmpEvent;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpFleetEvent;
import dev.qmp.spring.QmpFleetEventsLostEvent;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The events of all machines for all instances, through a reliable topic: a ring of the last events, from which each
 * instance reads at its own pace. An instance that is too slow, or that was cut off, jumps on, and counts what it has
 * missed.
 */
final class SharedEvents {

    /** Hazelcast's prefix of the ring behind a reliable topic. */
    private static final String RING_PREFIX = "_hz_rb_";

    private final QmpFleet fleet;
    private final ITopic<String> topic;
    private final Ringbuffer<?> ring;
    private final FleetThreads threads;
    private final Consumer<ApplicationEvent> publisher;
    private @Nullable UUID registration;

    SharedEvents(
            QmpFleet fleet,
            HazelcastInstance hazelcast,
            String prefix,
            FleetThreads threads,
            Consumer<ApplicationEvent> publisher) {
        this.fleet = fleet;
        this.topic = hazelcast.getReliableTopic(prefix + ".fleet.events");
        this.ring = hazelcast.getRingbuffer(RING_PREFIX + topic.getName());
        this.threads = threads;
        this.publisher = publisher;
    }

    /** Begins to read from the next event on. */
    synchronized void open() {
        close();
        registration = topic.addMessageListener(new Reader(ring.tailSequence()));
    }

    /** Begins again after a merge of clusters, which ends what had begun before, and may have dropped events. */
    void merged() {
        open();
        publisher.accept(new QmpFleetEventsLostEvent(fleet, null, QmpFleetEventsLostEvent.UNKNOWN));
    }

    synchronized void close() {
        if (registration != null) {
            topic.removeMessageListener(registration);
            registration = null;
        }
    }

    /** Publishes the events of a client to all instances, as long as it has a session. */
    Subscription share(String connection, QmpClient client) {
        return client.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS,
                        threads.callbacks(),
                        signal -> shared(connection, signal));
    }

    private void shared(String connection, EventSignal signal) {
        ObjectNode tree = FleetJson.object().put("connection", connection).put("owner", fleet.instance());
        if (signal instanceof EventSignal.Received received) {
            QmpEvent event = received.event();
            tree.put("event", event.name()).set("data", event.data());
            if (event.timestamp() != null) {
                tree.put("at", event.timestamp().toString());
            }
        } else if (signal instanceof EventSignal.Gap gap) {
            tree.put("lost", gap.lost());
        } else {
            return;
        }
        topic.publishAsync(FleetJson.write(tree));
    }

    private void read(String text) {
        ObjectNode tree = FleetJson.read(text);
        String connection = tree == null ? null : FleetJson.text(tree, "connection");
        if (tree == null || connection == null) {
            return;
        }
        String name = FleetJson.text(tree, "event");
        if (name != null) {
            QmpEvent event = new QmpEvent(name, tree.path("data"), timestamp(tree));
            publisher.accept(
                    new QmpFleetEvent(fleet, connection, tree.path("owner").asString(""), event));
        } else {
            publisher.accept(new QmpFleetEventsLostEvent(
                    fleet, connection, tree.path("lost").asLong(QmpFleetEventsLostEvent.UNKNOWN)));
        }
    }

    private static @Nullable Instant timestamp(JsonNode tree) {
        String at = FleetJson.text(tree, "at");
        try {
            return at == null ? null : Instant.parse(at);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Reads the ring in order, on one thread of Hazelcast at a time. */
    private final class Reader implements ReliableMessageListener<String> {

        /** The sequence of the last event that was read or is to be skipped. */
        private long last;

        Reader(long last) {
            this.last = last;
        }

        @Override
        public void onMessage(Message<String> message) {
            read(message.getMessageObject());
        }

        @Override
        public long retrieveInitialSequence() {
            return last + 1;
        }

        @Override
        public void storeSequence(long sequence) {
            if (sequence != last + 1) {
                long lost = sequence > last ? sequence - last - 1 : QmpFleetEventsLostEvent.UNKNOWN;
                publisher.accept(new QmpFleetEventsLostEvent(fleet, null, lost));
            }
            last = sequence;
        }

        @Override
        public boolean isLossTolerant() {
            return true;
        }

        @Override
        public boolean isTerminal(Throwable failure) {
            return failure instanceof HazelcastInstanceNotActiveException;
        }
    }
}
