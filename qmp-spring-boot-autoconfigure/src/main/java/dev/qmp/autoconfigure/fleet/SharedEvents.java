package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The events of all machines for all instances, through a reliable topic: a ring of the last events, from which each
 * instance reads at its own pace. An instance that is too slow, or that was cut off, skips the events that it has
 * missed, and counts them. The owner counts the events that it could not publish, because the ring does not show that
 * they are missing.
 */
final class SharedEvents {

    private static final SafeLog LOGGER = SafeLog.of(SharedEvents.class);

    /** Hazelcast's prefix of the ring behind a reliable topic. */
    private static final String RING_PREFIX = "_hz_rb_";

    /** The time from a publication that failed to the report of the loss, unless there is an event before. */
    private static final long REPORT_MILLIS = 1000;

    /**
     * The number of characters that an event may have as text. The ring's capacity counts events, not bytes, and each
     * instance holds a part of it. Events of QEMU are far shorter.
     */
    private static final int MAX_LENGTH = 64 * 1024;

    private static final Duration LOG_PAUSE = Duration.ofSeconds(10);
    private static final int MAX_LOGGED = 1000;

    private final QmpFleet fleet;
    private final ITopic<String> topic;
    private final Ringbuffer<?> ring;
    private final FleetThreads threads;
    private final Consumer<ApplicationEvent> publisher;
    /** The number of events that could not be published, and whose loss is not reported yet, by connection. */
    private final Map<String, Long> unpublished = new ConcurrentHashMap<>();

    private final LimitedLog<String> tooLong =
            new LimitedLog<>(LOG_PAUSE, MAX_LOGGED, "(any other)", SharedEvents::logTooLong);

    private final EventReader reader;

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
        this.topic = hazelcast.getReliableTopic(prefix + ".fleet.events");
        this.ring = hazelcast.getRingbuffer(RING_PREFIX + topic.getName());
        this.threads = threads;
        this.publisher = publisher;
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

    void close() {
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
            publishLoss(connection, gap.lost());
        }
    }

    private void publish(String connection, QmpEvent event) {
        ObjectNode tree = message(connection).put("event", event.name());
        tree.set("data", event.data());
        if (event.timestamp() != null) {
            tree.put("at", event.timestamp().toString());
        }
        String text;
        try {
            text = FleetJson.write(tree);
        } catch (RuntimeException e) {
            failed(connection, 1, e);
            return;
        }
        if (text.length() > MAX_LENGTH) {
            countLoss(connection, 1);
            if (tooLong.admit(connection, 1)) {
                logTooLong(connection, 1);
            }
            return;
        }
        reportLoss(connection);
        publish(connection, text, 1);
    }

    private static void logTooLong(String connection, long events) {
        LOGGER.warn("QMP connection '" + Text.printable(connection)
                + "': events not shared with other instances, because each is longer than " + MAX_LENGTH
                + " characters: " + events);
    }

    private void publishLoss(String connection, long lost) {
        publish(connection, FleetJson.write(message(connection).put("lost", lost)), lost);
    }

    private ObjectNode message(String connection) {
        return FleetJson.object().put("connection", connection).put("owner", fleet.instance());
    }

    /**
     * Publishes a message without waiting.
     *
     * @param events the number of events that are lost if this fails
     */
    private void publish(String connection, String message, long events) {
        CompletionStage<Void> published;
        try {
            published = topic.publishAsync(message);
        } catch (RuntimeException e) {
            published = CompletableFuture.failedFuture(e);
        }
        published.whenComplete((nothing, failure) -> {
            if (failure != null) {
                failed(connection, events, failure);
            }
        });
    }

    /** On a thread of Hazelcast, or of the fleet. */
    private void failed(String connection, long events, Throwable failure) {
        LOGGER.debug("An event of " + Text.printable(connection) + " was not published", failure);
        if (failure instanceof HazelcastInstanceNotActiveException
                || failure.getCause() instanceof HazelcastInstanceNotActiveException) {
            return; // this instance publishes nothing more
        }
        countLoss(connection, events);
    }

    /** Counts events for a report of their loss, which precedes the next event, or follows soon. */
    private void countLoss(String connection, long events) {
        boolean isFirst = unpublished.merge(connection, events, Long::sum) == events;
        if (isFirst && !threads.timer().isShutdown()) {
            threads.timer()
                    .schedule(
                            () -> threads.callbacks().execute(() -> reportLoss(connection)),
                            REPORT_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void reportLoss(String connection) {
        Long lost = unpublished.remove(connection);
        if (lost != null) {
            publishLoss(connection, lost);
        }
    }

    // ------------------------------------------------------------------ on the thread that publishes

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

    private void lost(long count) {
        publisher.accept(new QmpFleetEventsLostEvent(fleet, null, count));
    }
}
