package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
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
import java.util.concurrent.Executor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
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
    private volatile boolean closed;

    QmpEventPublisher(
            ApplicationEventPublisher publisher, Executor executor, ListenerFailures failures, TaskEvents tasks) {
        this.publisher = publisher;
        this.executor = executor;
        this.failures = failures;
        this.tasks = tasks;
    }

    void publishFrom(ManagedClient managed) {
        String name = managed.name();
        QmpClient client = managed.client();
        client.events()
                .subscribe(
                        EventFilter.all(),
                        managed.listenerOptions().withRunstates(),
                        executor,
                        signal -> signalled(name, client, signal));
    }

    private void signalled(String name, QmpClient client, EventSignal signal) {
        if (signal instanceof EventSignal.Received received) {
            publish(new QmpEventReceivedEvent(client, name, received.event()));
        } else if (signal instanceof EventSignal.RunstateChanged changed) {
            logHint(name, changed.change());
            publish(new QmpRunstateChangedEvent(client, name, changed.change()));
            SessionEnd end = SessionEnd.of(changed.change());
            if (end != null) {
                publish(new QmpSessionEndedEvent(client, name, end));
            }
        } else if (signal instanceof EventSignal.Gap gap) {
            if (losses.admits(name, gap.lost())) {
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

    private static void logLoss(String connection, long lost) {
        LOGGER.warn("QMP connection '" + Text.printable(connection) + "' has lost " + lost
                + " events, because its listeners were too slow");
    }

    /**
     * A failure arrives here only if the context's multicaster is not this starter's, or if a parent's listener
     * failed.
     */
    private void publish(QmpConnectionEvent event) {
        if (closed) {
            return;
        }
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

    /** Stops publishing, because the application ends, and writes the held-back sums of the logs. */
    @Override
    public void close() {
        closed = true;
        tasks.close();
        losses.close();
        failures.close();
    }
}
