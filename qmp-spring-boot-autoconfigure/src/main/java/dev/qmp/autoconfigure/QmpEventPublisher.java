package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.protocol.Registration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.ApplicationEventPublisher;

/** Publishes what happens on every connection as application events, in order for each, on the event executor. */
final class QmpEventPublisher implements QmpClientsListener {

    private static final Log LOGGER = LogFactory.getLog(QmpEventPublisher.class);

    private final ApplicationEventPublisher publisher;
    private final Executor executor;
    private final Map<String, Source> sources = new ConcurrentHashMap<>();

    QmpEventPublisher(ApplicationEventPublisher publisher, Executor executor) {
        this.publisher = publisher;
        this.executor = executor;
    }

    /** What one connection is heard with. */
    private record Source(Registration runstates, Subscription events) {

        void close() {
            runstates.close();
            events.close();
        }
    }

    @Override
    public void clientAdded(String name, QmpClient client) {
        Registration runstates = client.addRunstateListener(
                change -> publisher.publishEvent(new QmpRunstateChangedEvent(client, name, change)));
        Subscription events = client.events()
                .subscribe(
                        EventFilter.all(), ListenerOptions.DEFAULTS, executor, signal -> publish(name, client, signal));
        sources.put(name, new Source(runstates, events));
    }

    private void publish(String name, QmpClient client, EventSignal signal) {
        if (signal instanceof EventSignal.Received received) {
            publisher.publishEvent(new QmpEventReceivedEvent(client, name, received.event()));
        } else if (signal instanceof EventSignal.Gap gap) {
            LOGGER.warn("Listeners were too slow for the events of QMP connection '" + name + "': " + gap.lost()
                    + " were lost");
        }
    }

    @Override
    public void clientRemoved(String name, QmpClient client) {
        Source source = sources.remove(name);
        if (source != null) {
            source.close();
        }
    }
}
