package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.SessionEnd;
import dev.qmp.error.Text;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.spring.QmpConnectionEvent;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpEventsLostEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import dev.qmp.spring.QmpSessionEndedEvent;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;

/**
 * Publishes the runstate changes and events of every connection as application events: in one order for each
 * connection, one at a time. Replies do not wait for the listeners, because a slow listener would delay every
 * command of its connection. The subscription of a client ends with the client.
 */
final class QmpEventPublisher implements AutoCloseable {

    private static final SafeLog LOGGER = SafeLog.of(QmpEventPublisher.class);

    private static final Duration LOSS_PAUSE = Duration.ofSeconds(5);
    private static final int MAX_CONNECTIONS = 1000;
    private static final int MAX_HINT = 1000;

    private final ApplicationEventPublisher publisher;
    private final Executor executor;
    private final ListenerFailures failures;
    private final TaskEvents tasks;
    private final LimitedLog<String> losses =
            new LimitedLog<>(LOSS_PAUSE, MAX_CONNECTIONS, "(any other)", QmpEventPublisher::logLoss);
    /** The deliveries of all clients, and of removed ones until the listeners have received the rest. */
    private final Set<Delivery> deliveries = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    QmpEventPublisher(
            ApplicationEventPublisher publisher, Executor executor, ListenerFailures failures, TaskEvents tasks) {
        this.publisher = publisher;
        this.executor = executor;
        this.failures = failures;
        this.tasks = tasks;
    }

    void publishFrom(ManagedClient managed) {
        Delivery delivery = new Delivery(managed);
        deliveries.add(delivery);
        if (closed) {
            delivery.subscription.close();
        }
    }

    /**
     * {@return a future that completes when the listeners have returned from all signals received until now} It does
     * not include the signals of a connection whose listener is the caller.
     */
    CompletableFuture<Void> delivered() {
        return CompletableFuture.allOf(
                deliveries.stream().map(Delivery::delivered).toArray(CompletableFuture<?>[]::new));
    }

    private void signalled(String name, QmpClient client, EventSignal signal) {
        if (signal instanceof EventSignal.Received received) {
            publish(new QmpEventReceivedEvent(client, name, received.event()));
        } else if (signal instanceof EventSignal.RunstateChanged changed) {
            logHint(name, changed.change());
            publish(new QmpRunstateChangedEvent(client, name, changed.change()));
            SessionEnd end = SessionEnd.of(changed.change());
            if (end != null && !closed) {
                publish(new QmpSessionEndedEvent(client, name, end));
            } else if (end != null) {
                logUndelivered(name, "the event of the session's end");
            }
        } else if (signal instanceof EventSignal.Gap gap) {
            if (losses.admit(name, gap.lost())) {
                logLoss(name, gap.lost());
            }
            publish(new QmpEventsLostEvent(client, name, gap.lost()));
        }
    }

    /** Adds the property names to the core's log line for the failure that ends the attempts. */
    private static void logHint(String connection, RunstateChange change) {
        if (change.current() == Runstate.IDLE
                && change.cause() instanceof QmpConnectException failure
                && !failure.isRetryable()) {
            String hint = QmpFailureHint.of(connection, failure);
            if (hint != null) {
                LOGGER.warn("QMP connection '" + Text.printable(connection) + "' makes no further attempt. "
                        + Text.printable(hint, MAX_HINT));
            }
        }
    }

    private static void logUndelivered(String connection, String what) {
        LOGGER.warn("QMP connection '" + Text.printable(connection) + "' has lost " + what
                + ", because the application ended before its listeners took them");
    }

    private static void logLoss(String connection, long lost) {
        LOGGER.warn("QMP connection '" + Text.printable(connection) + "' has lost " + lost
                + " events, because its listeners were too slow");
    }

    /**
     * A failure arrives here only if a listener bean that is no singleton cannot be created, if the context's
     * multicaster is not this starter's, or if a parent's listener failed.
     */
    private void publish(QmpConnectionEvent event) {
        try {
            publisher.publishEvent(event);
        } catch (Throwable e) {
            failures.add(event, e);
        }
    }

    /**
     * Removes the delivery of a client that was removed and closed, after it has delivered the rest.
     *
     * @param afterwards runs then on another thread, because listeners can fail until then
     */
    void removed(QmpClient client, Runnable afterwards) {
        for (Delivery delivery : deliveries) {
            if (delivery.client == client) {
                // not here: if a listener removes its own client, its delivery would seem complete
                CompletableFuture.runAsync(() -> delivery.delivered().thenRunAsync(() -> {
                    deliveries.remove(delivery);
                    afterwards.run();
                }));
            }
        }
    }

    /** Removes the counters of a removed connection. */
    void forget(String connection) {
        failures.forget(connection);
    }

    /** Stops publishing the events of one client. Logs what the listeners have not received. */
    void end(QmpClient client) {
        List<Delivery> ofClient = deliveries.stream()
                .filter(delivery -> delivery.client == client)
                .toList();
        for (Delivery delivery : ofClient) {
            if (!closed && deliveries.remove(delivery)) {
                delivery.end();
            }
        }
    }

    /** Stops publishing events, because the application ends. Logs what the listeners have not received. */
    void end() {
        if (closed) {
            return;
        }
        closed = true;
        tasks.close();
        deliveries.forEach(Delivery::end);
    }

    /** Stops publishing, because the application ends, and writes the held-back sums of the logs. */
    @Override
    public void close() {
        end();
        losses.close();
        failures.close();
    }

    /** The signals of one client on their way to the listeners. */
    private final class Delivery {

        private final String name;
        private final QmpClient client;
        private final Subscription subscription;
        /** The last runstate that the listeners have received, or that preceded the subscription. */
        private volatile @Nullable Runstate runstate;

        Delivery(ManagedClient managed) {
            this.name = managed.name();
            this.client = managed.client();
            this.runstate = client.runstate();
            ListenerOptions options = managed.listenerOptions().withRunstates();
            @Nullable
            Subscription registered = // null for a mock
                    client.events().subscribe(EventFilter.all(), options, executor, this::received);
            this.subscription = registered == null ? () -> {} : registered;
        }

        private void received(EventSignal signal) {
            if (signal instanceof EventSignal.RunstateChanged changed) {
                runstate = changed.change().current();
            }
            signalled(name, client, signal);
        }

        CompletableFuture<Void> delivered() {
            return subscription.delivered();
        }

        /** Ends the delivery, and logs what the listeners have not received. */
        void end() {
            subscription.close();
            long events = subscription.undelivered();
            Runstate reached = client.runstate();
            boolean changed = runstate != reached;
            if (events > 0 || changed) {
                String rest = events > 0 ? events + " events" + (changed ? " and " : "") : "";
                logUndelivered(name, rest + (changed ? "the change to " + reached : ""));
            }
        }
    }
}
