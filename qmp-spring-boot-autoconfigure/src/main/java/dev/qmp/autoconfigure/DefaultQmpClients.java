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
import org.springframework.util.Assert;

/** The registry. Its lock is held while listeners are told, so that each hears of every client once and in order. */
final class DefaultQmpClients implements QmpClients, AutoCloseable {

    private final QmpClientFactory factory;
    private final Object lock = new Object();
    private final Map<String, QmpClient> clients = new LinkedHashMap<>();
    private final List<QmpClientsListener> listeners = new ArrayList<>();
    private volatile boolean started;

    DefaultQmpClients(QmpClientFactory factory) {
        this.factory = factory;
    }

    @Override
    public Set<String> names() {
        return asMap().keySet();
    }

    @Override
    public Map<String, QmpClient> asMap() {
        synchronized (lock) {
            return new LinkedHashMap<>(clients);
        }
    }

    @Override
    public Optional<QmpClient> find(String name) {
        synchronized (lock) {
            return Optional.ofNullable(clients.get(name));
        }
    }

    @Override
    public QmpClient add(String name, QmpConnectionProperties properties) {
        Assert.hasText(name, "'name' must not be empty");
        QmpClient client = factory.create(name, properties);
        try {
            register(name, client);
        } catch (IllegalArgumentException e) {
            client.close();
            throw e;
        }
        if (started && factory.settings(name).isAutoStartup()) {
            client.start();
        }
        return client;
    }

    /** {@return the client of a connection in the configuration, made when first asked for} */
    QmpClient configured(String name) {
        synchronized (lock) {
            QmpClient present = clients.get(name);
            if (present != null) {
                return present;
            }
            QmpClient client = factory.createConfigured(name);
            register(name, client);
            return client;
        }
    }

    /** Takes in a client that the application made. */
    void adopt(QmpClient client) {
        synchronized (lock) {
            if (!clients.containsValue(client)) {
                register(client.name(), client);
            }
        }
    }

    private void register(String name, QmpClient client) {
        synchronized (lock) {
            if (clients.putIfAbsent(name, client) != null) {
                throw new IllegalArgumentException("there is a QMP connection '" + name + "' already");
            }
            listeners.forEach(listener -> listener.clientAdded(name, client));
        }
    }

    @Override
    public CompletableFuture<Boolean> remove(String name) {
        QmpClient client;
        synchronized (lock) {
            client = clients.remove(name);
            if (client == null) {
                return CompletableFuture.completedFuture(false);
            }
            listeners.forEach(listener -> listener.clientRemoved(name, client));
        }
        factory.forget(name);
        return client.disconnect().handle((nothing, failure) -> {
            client.close();
            return true;
        });
    }

    @Override
    public Registration addListener(QmpClientsListener listener) {
        synchronized (lock) {
            listeners.add(listener);
            clients.forEach(listener::clientAdded);
        }
        return () -> {
            synchronized (lock) {
                listeners.remove(listener);
            }
        };
    }

    /** Says whether connections that are added now are to be connected at once. */
    void started(boolean started) {
        this.started = started;
    }

    @Override
    public void close() {
        asMap().values().forEach(QmpClient::close);
    }
}
