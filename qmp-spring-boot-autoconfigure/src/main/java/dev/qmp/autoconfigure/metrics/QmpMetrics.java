package dev.qmp.autoconfigure.metrics;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Registration;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.spring.QmpListenerFailures;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.beans.factory.DisposableBean;

/**
 * Registers the meters of every connection, and removes them with the connection, or with the context: a registry may
 * outlive it.
 */
final class QmpMetrics implements MeterBinder, DisposableBean {

    /** Connections that are removed within this time share one walk over the meters of the registry at its end. */
    private static final long SWEEP_PAUSE_MILLIS = 1000;

    /** The number of removed connections whose timers later walks remove again. */
    private static final int MAX_SWEPT = 1000;

    private final QmpClients clients;
    private final QmpListenerFailures failures;
    private final Set<String> timers;
    private final Executor afterPause;
    private final List<Binding> bindings = new CopyOnWriteArrayList<>();

    QmpMetrics(QmpClients clients, QmpListenerFailures failures, Set<String> timers) {
        this(clients, failures, timers, CompletableFuture.delayedExecutor(SWEEP_PAUSE_MILLIS, TimeUnit.MILLISECONDS));
    }

    /**
     * Creates the meters.
     *
     * @param timers the names of the observations of commands and tasks
     * @param afterPause runs a task after the pause that follows the removal of a connection
     */
    QmpMetrics(QmpClients clients, QmpListenerFailures failures, Set<String> timers, Executor afterPause) {
        this.clients = clients;
        this.failures = failures;
        this.timers = timers;
        this.afterPause = afterPause;
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
        /**
         * Closed connections in the order of their removal. They stay here for later walks, because a task of the
         * application can end long after the connection, and its timer is registered then.
         */
        private final Set<String> closed = Collections.synchronizedSet(new LinkedHashSet<>());

        private final AtomicBoolean pausing = new AtomicBoolean();

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
            synchronized (closed) {
                names.addAll(closed);
            }
            removeTimers(names);
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
            closed.remove(name);
            closed.add(name); // as the last one
            if (pausing.compareAndSet(false, true)) {
                try {
                    sweep();
                } finally {
                    pause();
                }
            }
        }

        private void pause() {
            try {
                afterPause.execute(this::pauseEnded);
            } catch (Throwable e) { // no thread: the next removal sweeps at once
                pausing.set(false);
                throw e;
            }
        }

        /** Sweeps for removals within the pause, and for timers of commands that were refused during a removal. */
        private void pauseEnded() {
            pausing.set(false);
            sweep();
        }

        /** Removes the timers of closed connections, unless their names are in use again. */
        private void sweep() {
            Set<String> names;
            synchronized (closed) {
                closed.removeAll(meters.keySet());
                names = Set.copyOf(closed);
                Iterator<String> eldest = closed.iterator();
                for (int excess = names.size() - MAX_SWEPT; excess > 0; excess--) {
                    eldest.next();
                    eldest.remove();
                }
            }
            removeTimers(names);
        }

        /**
         * Removes the timers of commands and tasks, which observations register. It walks over all meters, so many
         * connections must share a call. A name that is in use again meanwhile keeps its timers.
         */
        private void removeTimers(Set<String> connections) {
            for (Meter meter : registry.getMeters()) {
                if (isOfObservation(meter)) {
                    String connection = meter.getId().getTag("connection");
                    if (connection != null && connections.contains(connection) && !meters.containsKey(connection)) {
                        registry.remove(meter);
                    }
                }
            }
        }

        /**
         * {@return whether an observation of a command or a task has registered the meter} A filter of the registry may
         * have put a prefix before the name.
         */
        private boolean isOfObservation(Meter meter) {
            String name = meter.getId().getName();
            if (meter instanceof LongTaskTimer) {
                return timers.stream().anyMatch(timer -> name.endsWith(timer + ".active"));
            }
            return meter instanceof Timer && timers.stream().anyMatch(name::endsWith);
        }
    }
}
