package dev.qmp.autoconfigure.metrics;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Registration;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.spring.QmpListenerFailures;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.beans.factory.DisposableBean;

/**
 * Registers the meters of every connection, and removes them with the connection, or with the context: a registry may
 * outlive it.
 */
final class QmpMetrics implements MeterBinder, DisposableBean {

    private final QmpClients clients;
    private final QmpListenerFailures failures;
    private final List<Binding> bindings = new CopyOnWriteArrayList<>();

    QmpMetrics(QmpClients clients, QmpListenerFailures failures) {
        this.clients = clients;
        this.failures = failures;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Binding binding = new Binding(registry);
        bindings.add(binding);
        binding.begin();
    }

    @Override
    public void destroy() {
        bindings.forEach(Binding::end);
    }

    /** The meters in one registry. The registry of clients calls its listeners one at a time. */
    private final class Binding implements QmpClientsListener {

        private final MeterRegistry registry;
        private final Map<String, ConnectionMeters> meters = new ConcurrentHashMap<>();
        /** Removed connections whose last commands are not drained yet. */
        private final Set<String> draining = ConcurrentHashMap.newKeySet();

        private volatile Registration registration = () -> {};

        Binding(MeterRegistry registry) {
            this.registry = registry;
        }

        void begin() {
            registration = clients.addListener(this);
        }

        void end() {
            registration.close();
            Set<String> names = new HashSet<>(draining);
            names.addAll(meters.keySet());
            names.forEach(this::remove);
            removeCommands(names);
        }

        @Override
        public void clientAdded(String name, QmpClient client) {
            meters.put(name, new ConnectionMeters(registry, name, client, failures));
        }

        @Override
        public void clientRemoved(String name, QmpClient client) {
            draining.add(name);
            remove(name);
        }

        private void remove(String name) {
            ConnectionMeters removed = meters.remove(name);
            if (removed != null) {
                removed.close();
            }
        }

        @Override
        public void clientClosed(String name, QmpClient client) {
            draining.remove(name);
            if (!meters.containsKey(name)) {
                removeCommands(Set.of(name));
            }
        }

        /** Removes the timers of commands and tasks, which observations register until the last command is drained. */
        private void removeCommands(Set<String> connections) {
            for (Meter meter : registry.getMeters()) {
                String name = meter.getId().getName();
                String connection = meter.getId().getTag("connection");
                if ((name.startsWith("qmp.commands") || name.startsWith("qmp.tasks"))
                        && connection != null
                        && connections.contains(connection)) {
                    registry.remove(meter);
                }
            }
        }
    }
}
