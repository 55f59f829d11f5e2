package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import java.util.concurrent.Executor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationEventPublisher;

/**
 * Publishes what happens on every connection as application events: runstates and events in one order, one at a time, for
 * each. Replies do not wait for the listeners, because a slow listener would delay every command of its connection. A client that is removed is heard to its end; there is nothing to unregister.
 */
final class QmpEventPublisher implements AutoCloseable {

    private static final Log LOGGER = LogFactory.getLog(QmpEventPublisher.class);

    private final ApplicationEventPublisher publisher;
    private final Executor executor;
    private volatile boolean closed;

    QmpEventPublisher(ApplicationEventPublisher publisher, Executor executor) {
        this.publisher = publisher;
        this.executor = executor;
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
            publish(new QmpRunstateChangedEvent(client, name, changed.change()));
        } else if (signal instanceof EventSignal.Gap gap) {
            LOGGER.warn("Listeners were too slow for the events of QMP connection '" + name + "': " + gap.lost()
                    + " were lost");
            publish(new QmpEventsLostEvent(client, name, gap.lost()));
        }
    }

    private void publish(ApplicationEvent event) {
        if (!closed) {
            publisher.publishEvent(event);
        }
    }

    /** The application is going down: there is nobody to publish to any more. */
    @Override
    public void close() {
        closed = true;
    }
}
