package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.ringbuffer.Ringbuffer;
import com.hazelcast.topic.ITopic;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.LimitedLog;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.error.Text;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.message.QmpEvent;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpFleetEvent;
import dev.qmp.spring.QmpFleetEventsLostEvent;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The events of all machines for all instances, through a reliable topic: a ring of the last events, from which each
 * instance reads at its own pace. An instance that is too slow, or that was cut off, skips the events that it has
 * missed, and counts them. The owner counts the events that it could not publish, because the ring does not show that
 * they are missing. Each message has a number of its owner, because the ring can hold a message twice.
 */
final class SharedEvents {

    private static final SafeLog LOGGER = SafeLog.of(SharedEvents.class);

    /** Hazelcast's prefix of the ring behind a reliable topic. */
    private static final String RING_PREFIX = "_hz_rb_";

    /** The time from a loss to its report, unless there is an event before. */
    private static final long REPORT_MILLIS = 1000;

    /**
     * The number of characters that an event may have as text. The ring's capacity counts events, not bytes, and each
     * instance holds a part of it. Events of QEMU are far shorter.
     */
    private static final int MAX_LENGTH = 64 * 1024;

    /** The number of owners whose last numbers are known. An owner has a new id after each start. */
    private static final int MAX_OWNERS = 1000;

    private static final Duration LOG_PAUSE = Duration.ofSeconds(10);
    private static final int MAX_LOGGED = 1000;

    private final QmpFleet fleet;
    private final Ringbuffer<?> ring;
    private final FleetThreads threads;
    private final Consumer<ApplicationEvent> publisher;
    private final EventWriter writer;
    private final EventReader reader;
    private final ReentrantLock lock = new ReentrantLock();
    /** The number of the last message of this instance. Messages get their numbers in the order of the writer. */
    private long number;
    /** The number of events that could not be published, and whose loss is not reported yet, by connection. */
    private final Map<String, Long> unpublished = new HashMap<>();
    /** The last number of each owner, on the thread that publishes. */
    private final Map<String, Long> lastNumbers = new LinkedHashMap<>(16, 0.75f, true) {

        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MAX_OWNERS;
        }
    };

    private final LimitedLog<String> tooLong =
            new LimitedLog<>(LOG_PAUSE, MAX_LOGGED, "(any other)", SharedEvents::logTooLong);

    /**
     * Creates the shared events of this instance, which are read after {@link #open}.
     *
     * @param publisher publishes an event on the caller's thread
     */
    SharedEvents(
            QmpFleet fleet,
            HazelcastInstance hazelcast,
            String prefix,
            FleetThreads threads,
            Consumer<ApplicationEvent> publisher) {
        this.fleet = fleet;
        ITopic<String> topic = hazelcast.getReliableTopic(prefix + ".fleet.events");
        this.ring = hazelcast.getRingbuffer(RING_PREFIX + topic.getName());
        this.threads = threads;
        this.publisher = publisher;
        this.writer = new EventWriter(topic, ring, threads);
        this.reader = new EventReader(topic, threads, this::read, this::lost);
    }

    /** Begins to read from the next event on. */
    void open() {
        reader.close();
        reader.open(ring.tailSequence());
    }

    /** Begins again after a merge of clusters, which ends what had begun before, and may have dropped events. */
    void merged() {
        open();
        threads.publish(() -> lost(QmpFleetEventsLostEvent.UNKNOWN));
    }

    /** Publishes nothing more, because Hazelcast has ended. */
    void end() {
        writer.close();
    }

    void close() {
        writer.close();
        reader.close();
        tooLong.close();
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
        if (signal instanceof EventSignal.Received received) {
            publish(connection, received.event());
        } else if (signal instanceof EventSignal.Gap gap) {
            lostHere(connection, gap.lost());
        }
    }

    private void publish(String connection, QmpEvent event) {
        ObjectNode tree = message(connection).put("event", event.name());
        tree.set("data", event.data());
        if (event.timestamp() != null) {
            tree.put("at", event.timestamp().toString());
        }
        lock.lock();
        try {
            reportLoss(connection);
            if (!write(connection, tree)) {
                countLoss(connection, 1);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. {@return whether the message is to be published} */
    private boolean write(String connection, ObjectNode message) {
        String text;
        try {
            text = FleetJson.write(message.put("number", ++number));
        } catch (RuntimeException e) {
            LOGGER.debug("An event of " + Text.printable(connection) + " has no text", e);
            return false;
        }
        if (text.length() > MAX_LENGTH) {
            if (tooLong.admit(connection, 1)) {
                logTooLong(connection, 1);
            }
            return false;
        }
        return writer.add(text);
    }

    private static void logTooLong(String connection, long events) {
        LOGGER.warn("QMP connection '" + Text.printable(connection)
                + "': events not shared with other instances, because each is longer than " + MAX_LENGTH
                + " characters: " + events);
    }

    private ObjectNode message(String connection) {
        return FleetJson.object().put("connection", connection).put("owner", fleet.instance());
    }

    /** Reports a loss, now or later. */
    private void lostHere(String connection, long events) {
        lock.lock();
        try {
            countLoss(connection, events);
            reportLoss(connection);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. Counts events for a report of their loss, which precedes the next event, or follows soon. */
    private void countLoss(String connection, long events) {
        Long before = unpublished.get(connection);
        if (before == null) {
            unpublished.put(connection, events);
            reportLater(connection);
        } else {
            boolean known = before >= 0 && events >= 0;
            unpublished.put(connection, known ? before + events : QmpFleetEventsLostEvent.UNKNOWN);
        }
    }

    private void reportLater(String connection) {
        if (!threads.timer().isShutdown()) {
            threads.timer()
                    .schedule(
                            () -> threads.callbacks().execute(() -> reportNow(connection)),
                            REPORT_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void reportNow(String connection) {
        lock.lock();
        try {
            reportLoss(connection);
            if (unpublished.containsKey(connection)) {
                reportLater(connection);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void reportLoss(String connection) {
        Long lost = unpublished.get(connection);
        if (lost != null && write(connection, message(connection).put("lost", lost))) {
            unpublished.remove(connection);
        }
    }

    // ------------------------------------------------------------------ on the thread that publishes

    private void read(String text) {
        ObjectNode tree = FleetJson.read(text);
        String connection = tree == null ? null : FleetJson.text(tree, "connection");
        if (tree == null || connection == null || isRepeated(tree)) {
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

    /** {@return whether the ring has held the message before} The numbers of an owner rise. */
    private boolean isRepeated(ObjectNode message) {
        if (!message.path("number").isIntegralNumber()) {
            return false; // of an instance with another version
        }
        String owner = message.path("owner").asString("");
        long next = message.path("number").asLong(0);
        Long last = lastNumbers.get(owner);
        if (last != null && next <= last) {
            return true;
        }
        lastNumbers.put(owner, next);
        return false;
    }

    private static @Nullable Instant timestamp(JsonNode tree) {
        String at = FleetJson.text(tree, "at");
        try {
            return at == null ? null : Instant.parse(at);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private void lost(long count) {
        publisher.accept(new QmpFleetEventsLostEvent(fleet, null, count));
    }
}
