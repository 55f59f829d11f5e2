package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Registration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.util.Assert;

/** The registry. Its lock is held while listeners are told, so that each hears of every client once and in order. */
final class DefaultQmpClients implements QmpClients, AutoCloseable {

    private static final Log LOGGER = LogFactory.getLog(DefaultQmpClients.class);

    private final QmpClientFactory factory;
    private final QmpEventPublisher publisher;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, ManagedClient> clients = new LinkedHashMap<>();
    private final List<QmpClientsListener> listeners = new ArrayList<>();
    private boolean started;

    DefaultQmpClients(QmpClientFactory factory, QmpEventPublisher publisher) {
        this.factory = factory;
        this.publisher = publisher;
    }

    @Override
    public Set<String> names() {
        return asMap().keySet();
    }

    @Override
    public Map<String, QmpClient> asMap() {
        return locked(() -> {
            Map<String, QmpClient> copy = new LinkedHashMap<>();
            clients.forEach((name, managed) -> copy.put(name, managed.client()));
            return copy;
        });
    }

    @Override
    public Optional<QmpClient> find(String name) {
        return locked(() -> Optional.ofNullable(clients.get(name)).map(ManagedClient::client));
    }

    @Override
    public QmpClient add(String name, QmpConnectionProperties properties) {
        Assert.hasText(name, "'name' must not be empty");
        QmpConnectionSettings settings = factory.settings(name, properties);
        return locked(() -> {
            if (clients.containsKey(name)) {
                throw new IllegalArgumentException("there is a QMP connection '" + name + "' already");
            }
            ManagedClient added = register(ManagedClient.of(settings, factory.build(settings)));
            if (started && added.autoStartup()) {
                added.client().start();
            }
            return added.client();
        });
    }

    /** {@return the client of a connection in the configuration, made when first asked for} */
    QmpClient configured(String name) {
        return locked(() -> {
            ManagedClient present = clients.get(name);
            if (present != null) {
                return present.client();
            }
            QmpConnectionSettings settings = factory.configured(name);
            return register(ManagedClient.of(settings, factory.build(settings))).client();
        });
    }

    /** Takes in a client that the application made. */
    void adopt(QmpClient client) {
        locked(() -> {
            ManagedClient present = clients.get(client.name());
            if (present != null && present.client() != client) {
                throw new IllegalStateException("two QmpClient beans are named '" + client.name()
                        + "'; give each a name of its own with QmpClientBuilder.name");
            }
            return present != null
                    ? present
                    : register(ManagedClient.adopted(client, factory.isAutoStartupByDefault()));
        });
    }

    private ManagedClient register(ManagedClient client) {
        clients.put(client.name(), client);
        publisher.publishFrom(client);
        tell(listener -> listener.clientAdded(client.name(), client.client()));
        return client;
    }

    /** A listener that fails must not keep the others, or the registry, from knowing. */
    private void tell(Consumer<QmpClientsListener> news) {
        for (QmpClientsListener listener : listeners) {
            try {
                news.accept(listener);
            } catch (RuntimeException e) {
                LOGGER.error("A listener to QMP clients failed", e);
            }
        }
    }

    @Override
    public CompletableFuture<Boolean> remove(String name) {
        ManagedClient removed = locked(() -> {
                    ManagedClient client = clients.remove(name);
                    if (client != null) {
                        tell(listener -> listener.clientRemoved(name, client.client()));
                    }
                    return Optional.ofNullable(client);
                })
                .orElse(null);
        if (removed == null) {
            return CompletableFuture.completedFuture(false);
        }
        return removed.client().disconnect().handle((nothing, failure) -> {
            removed.client().close();
            return true;
        });
    }

    @Override
    public Registration addListener(QmpClientsListener listener) {
        locked(() -> {
            clients.forEach((name, managed) -> listener.clientAdded(name, managed.client()));
            return listeners.add(listener);
        });
        return () -> locked(() -> listeners.remove(listener));
    }

    /** {@return all clients, with what the lifecycle must know} Those added from now on are connected at once. */
    List<ManagedClient> started() {
        return locked(() -> {
            started = true;
            return List.copyOf(clients.values());
        });
    }

    /** {@return all clients, with what the lifecycle must know} Those added from now on are not connected. */
    List<ManagedClient> stopped() {
        return locked(() -> {
            started = false;
            return List.copyOf(clients.values());
        });
    }

    @Override
    public void close() {
        publisher.close();
        asMap().values().forEach(QmpClient::close);
    }

    private <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }
}
