package dev.qmp.autoconfigure.metrics;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.spring.QmpListenerFailures;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Registers the meters of every connection, and removes them with the connection. */
final class QmpMetrics implements MeterBinder {

    private final QmpClients clients;
    private final QmpListenerFailures failures;

    QmpMetrics(QmpClients clients, QmpListenerFailures failures) {
        this.clients = clients;
        this.failures = failures;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Map<String, ConnectionMeters> meters = new ConcurrentHashMap<>();
        clients.addListener(new QmpClientsListener() {

            @Override
            public void clientAdded(String name, QmpClient client) {
                meters.put(name, new ConnectionMeters(registry, name, client, failures));
            }

            @Override
            public void clientRemoved(String name, QmpClient client) {
                ConnectionMeters removed = meters.remove(name);
                if (removed != null) {
                    removed.close();
                }
            }

            @Override
            public void clientClosed(String name, QmpClient client) {
                if (!meters.containsKey(name)) {
                    removeCommands(registry, name);
                }
            }
        });
    }

    /** Removes the timers of commands and tasks, which observations register until the last command is drained. */
    private static void removeCommands(MeterRegistry registry, String connection) {
        for (Meter meter : registry.getMeters()) {
            Meter.Id id = meter.getId();
            if ((id.getName().startsWith("qmp.commands") || id.getName().startsWith("qmp.tasks"))
                    && connection.equals(id.getTag("connection"))) {
                registry.remove(meter);
            }
        }
    }
}
