package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.SessionEnd;
import dev.qmp.error.Text;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.spring.QmpConnectionEvent;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpEventsLostEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import dev.qmp.spring.QmpSessionEndedEvent;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;

/**
 * Publishes the runstate changes and events of every connection as application events: in one order for each
 * connection, one at a time. Replies do not wait for the listeners, because a slow listener would delay every
 * command of its connection. The subscription of a client ends with the client.
 */
final class QmpEventPublisher implements AutoCloseable {

    private static final Log LOGGER = LogFactory.getLog(QmpEventPublisher.class);

    private static final Duration LOSS_PAUSE = Duration.ofSeconds(5);
    private static final int MAX_CONNECTIONS = 1000;
    private static final int MAX_HINT = 1000;

    private final ApplicationEventPublisher publisher;
    private final Executor executor;
    private final ListenerFailures failures;
    private final TaskEvents tasks;
    private final LimitedLog<String> losses =
            new LimitedLog<>(LOSS_PAUSE, MAX_CONNECTIONS, "(any other)", QmpEventPublisher::logLoss);
    /** The deliveries that have a signal to pass on, or whose listeners are called. */
    private final Set<Delivery> busy = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    QmpEventPublisher(
            ApplicationEventPublisher publisher, Executor executor, ListenerFailures failures, TaskEvents tasks) {
        this.publisher = publisher;
        this.executor = executor;
        this.failures = failures;
        this.tasks = tasks;
    }

    void publishFrom(ManagedClient managed) {
        Delivery delivery = new Delivery(managed.name(), managed.client());
        managed.client()
                .events()
                .subscribe(
                        EventFilter.all(),
                        managed.listenerOptions().withRunstates(),
                        delivery::execute,
                        delivery::received);
    }

    /**
     * {@return a future that completes when the listeners have returned from all signals received until now} It does
     * not include the signals of a connection whose listener is the caller.
     */
    CompletableFuture<Void> delivered() {
        return CompletableFuture.allOf(busy.stream().map(Delivery::ended).toArray(CompletableFuture<?>[]::new));
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
     * A failure arrives here only if the context's multicaster is not this starter's, or if a parent's listener
     * failed.
     */
    private void publish(QmpConnectionEvent event) {
        try {
            publisher.publishEvent(event);
        } catch (Throwable e) {
            failures.add(event, e);
        }
    }

    /** Removes the counters of a removed connection. */
    void forget(String connection) {
        failures.forget(connection);
    }

    /** Stops publishing events, because the application ends. Logs what the listeners have not received. */
    void end() {
        if (closed) {
            return;
        }
        closed = true;
        tasks.close();
        busy.forEach(Delivery::logRest);
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
        /** The number of events that the client received before this delivery began. */
        private final long before;
        /** The runs of the subscription that the executor has not ended. More than one only for a moment. */
        private final Set<Object> runs = new HashSet<>();

        private CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);
        /** The thread that calls the listeners. */
        private @Nullable Thread caller;

        private long taken;
        private @Nullable Runstate runstate;

        Delivery(String name, QmpClient client) {
            this.name = name;
            this.client = client;
            this.before = eventsOf(client);
        }

        private static long eventsOf(QmpClient client) {
            @Nullable QmpClientStatus status = client.status(); // null for a mock
            return status == null ? 0 : status.eventsReceived();
        }

        void execute(Runnable subscription) {
            if (closed) {
                subscription.run(); // drops the signals; the executor may be shut down
                return;
            }
            Object run = new Object();
            begin(run);
            try {
                executor.execute(() -> {
                    try {
                        subscription.run();
                    } finally {
                        end(run);
                    }
                });
            } catch (Throwable e) {
                end(run); // the subscription tries again
                throw e;
            }
        }

        private synchronized void begin(Object run) {
            if (runs.isEmpty()) {
                ended = new CompletableFuture<>();
                busy.add(this);
            }
            runs.add(run);
        }

        /** Ends a run, if it has not ended yet: an executor may throw although it has accepted the run. */
        private void end(Object run) {
            CompletableFuture<Void> last;
            synchronized (this) {
                if (!runs.remove(run) || !runs.isEmpty()) {
                    return;
                }
                busy.remove(this);
                last = ended;
            }
            last.complete(null);
        }

        synchronized CompletableFuture<Void> ended() {
            return caller == Thread.currentThread() ? CompletableFuture.completedFuture(null) : ended;
        }

        void received(EventSignal signal) {
            if (!take(signal)) {
                return;
            }
            try {
                signalled(name, client, signal);
            } finally {
                returned();
            }
        }

        private synchronized boolean take(EventSignal signal) {
            if (closed) {
                return false;
            }
            caller = Thread.currentThread();
            if (signal instanceof EventSignal.Received) {
                taken++;
            } else if (signal instanceof EventSignal.Gap gap) {
                taken += gap.lost();
            } else if (signal instanceof EventSignal.RunstateChanged changed) {
                runstate = changed.change().current();
            }
            return true;
        }

        private synchronized void returned() {
            caller = null;
        }

        void logRest() {
            long received = eventsOf(client);
            Runstate reached = client.runstate();
            long rest;
            boolean changed;
            synchronized (this) {
                rest = received - before - taken;
                changed = runstate != reached;
            }
            if (rest > 0 || changed) {
                String events = rest > 0 ? rest + " events" + (changed ? " and " : "") : "";
                logUndelivered(name, events + (changed ? "the change to " + reached : ""));
            }
        }
    }
}
