package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.spring.QmpConnectionProperties;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.util.Assert;

/**
 * The registry. One change at a time: its lock is held while listeners are told, so that each hears of every client once
 * and in order. Whoever only reads never waits for that, and clients are built before. Not final, because an aspect may make
 * a proxy by subclass of it.
 */
class DefaultQmpClients implements QmpClients, AutoCloseable {

    private static final Log LOGGER = LogFactory.getLog(DefaultQmpClients.class);

    private final QmpClientFactory factory;
    private final QmpEventPublisher publisher;
    /** Looked up when the clients are started, because it depends on this registry. */
    private final Supplier<@Nullable ConnectionOwnership> ownerships;

    private final ReentrantLock changes = new ReentrantLock();
    /** Written by who holds the lock; its own monitor is held for a moment only. */
    private final Map<String, ManagedClient> clients = Collections.synchronizedMap(new LinkedHashMap<>());

    private final Set<String> configured = ConcurrentHashMap.newKeySet();
    private final List<QmpClientsListener> listeners = new ArrayList<>();
    /** Null if there is no fleet, or before the first start. */
    private volatile @Nullable ConnectionOwnership ownership;

    /** Null when stopped. */
    private volatile @Nullable FirstAttempts attempts;

    DefaultQmpClients(
            QmpClientFactory factory, QmpEventPublisher publisher, Supplier<@Nullable ConnectionOwnership> ownerships) {
        this.factory = factory;
        this.ownerships = ownerships;
        this.publisher = publisher;
    }

    @Override
    public Set<String> names() {
        return asMap().keySet();
    }

    @Override
    public Map<String, QmpClient> asMap() {
        Map<String, QmpClient> copy = new LinkedHashMap<>();
        all().forEach(managed -> copy.put(managed.name(), managed.client()));
        return copy;
    }

    private List<ManagedClient> all() {
        synchronized (clients) {
            return List.copyOf(clients.values());
        }
    }

    @Override
    public Optional<QmpClient> find(String name) {
        Objects.requireNonNull(name, "name");
        return Optional.ofNullable(clients.get(name)).map(ManagedClient::client);
    }

    @Override
    public QmpClient add(String name, QmpConnectionProperties properties) {
        Assert.hasText(name, "'name' must not be empty");
        Objects.requireNonNull(properties, "properties");
        String printable = Text.printable(name);
        Assert.isTrue(
                printable.equals(name),
                () -> "the name '" + printable + "' has characters that cannot be printed, or more than 256");
        QmpConnectionSettings settings = factory.settings(name, properties);
        Endpoint canonical = settings.endpoint().canonical(); // not under the lock, because it reads the file system
        refuseIfTaken(settings, canonical);
        ManagedClient added = ManagedClient.of(settings, factory.build(settings));
        try {
            locked(() -> {
                refuseIfTaken(settings, canonical);
                return register(added);
            });
        } catch (IllegalArgumentException e) {
            added.client().close(); // another thread was quicker
            throw e;
        }
        if (added.autoStartup()) {
            begin(added);
        }
        return added.client();
    }

    private void refuseIfTaken(QmpConnectionSettings settings, Endpoint canonical) {
        if (clients.containsKey(settings.name())) {
            throw new IllegalArgumentException(
                    "there is a QMP connection '" + Text.printable(settings.name()) + "' already");
        }
        if (!QmpConnectionSettings.isOneMonitor(canonical)) {
            return;
        }
        for (ManagedClient other : all()) {
            if (canonical.equals(other.canonical())) {
                throw new IllegalArgumentException(Text.printableSentence("QMP connection '" + settings.name()
                        + "' cannot have the address " + settings.endpoint() + ": QMP connection '" + other.name()
                        + "' has it already"
                        + QmpClientFactory.spelling(
                                settings.endpoint(), other.client().endpoint())
                        + ", and a monitor serves one client"));
            }
        }
    }

    /** {@return the client of a connection in the configuration, made when first asked for} */
    QmpClient configured(String name) {
        configured.add(name);
        ManagedClient present = clients.get(name);
        if (present != null) {
            return present.client();
        }
        QmpConnectionSettings settings = factory.configured(name);
        ManagedClient made = ManagedClient.of(settings, factory.build(settings));
        ManagedClient kept = locked(() -> {
            ManagedClient quicker = clients.get(name);
            return quicker != null ? quicker : register(made);
        });
        if (kept.client() != made.client()) {
            made.client().close();
        }
        return kept.client();
    }

    /** {@return whether a client of a connection in the configuration was asked for} */
    boolean isConfigured(String name) {
        return configured.contains(name);
    }

    /**
     * Takes in a client that the application made.
     *
     * @throws IllegalStateException if the name is taken
     */
    void adopt(QmpClient client) {
        ManagedClient adopted = ManagedClient.adopted(client, factory.isAutoStartupByDefault());
        locked(() -> {
            if (clients.containsKey(adopted.name())) {
                throw new IllegalStateException("there is a QMP connection '" + Text.printable(adopted.name())
                        + "' already; names are given with QmpClientBuilder.name");
            }
            return register(adopted);
        });
    }

    private ManagedClient register(ManagedClient client) {
        publisher.publishFrom(client);
        clients.put(client.name(), client);
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
        Objects.requireNonNull(name, "name");
        return removeIf(name, client -> true);
    }

    /** Removes a connection, unless another has come under its name; as {@link #remove(String)}. */
    CompletableFuture<Boolean> remove(String name, QmpClient client) {
        return removeIf(name, present -> present == client);
    }

    private CompletableFuture<Boolean> removeIf(String name, Predicate<QmpClient> condition) {
        ManagedClient removed = locked(() -> {
                    ManagedClient client = clients.get(name);
                    if (client == null || !condition.test(client.client())) {
                        return Optional.<ManagedClient>empty();
                    }
                    clients.remove(name);
                    tell(listener -> listener.clientRemoved(name, client.client()));
                    return Optional.of(client);
                })
                .orElse(null);
        if (removed == null) {
            return CompletableFuture.completedFuture(false);
        }
        ConnectionOwnership fleet = ownership;
        return removed.client().disconnect().handle((nothing, failure) -> {
            removed.client().close();
            if (fleet != null) {
                fleet.removed(name, removed.client());
            }
            return locked(() -> {
                tell(listener -> listener.clientClosed(name, removed.client()));
                if (!clients.containsKey(name)) {
                    publisher.forget(name);
                }
                return true;
            });
        });
    }

    @Override
    public Registration addListener(QmpClientsListener listener) {
        Objects.requireNonNull(listener, "listener");
        locked(() -> {
            all().forEach(managed -> listener.clientAdded(managed.name(), managed.client()));
            return listeners.add(listener);
        });
        return () -> locked(() -> listeners.remove(listener));
    }

    /** {@return all clients, with what the lifecycle must know} Those added from now on are connected as they come. */
    List<ManagedClient> started() {
        ownership = ownerships.get();
        return locked(() -> {
            attempts = new FirstAttempts(this::isWanted);
            return all();
        });
    }

    /** Has those try again whose certificates were refused: there are new ones. */
    void retryRefusedTls() {
        all().stream()
                .filter(ManagedClient::autoStartup)
                .forEach(managed -> RefusedTls.retry(managed.client(), () -> begin(managed)));
    }

    /** {@return all clients, with what the lifecycle must know} Those added from now on are not connected. */
    List<ManagedClient> stopped() {
        return locked(() -> {
            FirstAttempts waiting = attempts;
            attempts = null;
            if (waiting != null) {
                waiting.end();
            }
            return all();
        });
    }

    /** {@return whether an owner is chosen for each connection, which then decides when to connect} */
    boolean isFleet() {
        return ownership != null;
    }

    /** Connects a client in the background, if the application runs, and if this instance is the owner. */
    void begin(ManagedClient client) {
        FirstAttempts current = attempts;
        ConnectionOwnership fleet = ownership;
        if (current != null && fleet != null) {
            fleet.wanted(new ConnectionOwnership.Wanted(
                    client.name(), client.client(), client.reachableFrom(), client.commandTimeout()));
        } else if (current != null) {
            current.begin(client);
        }
    }

    private boolean isWanted(ManagedClient client) {
        return attempts != null && find(client.name()).orElse(null) == client.client();
    }

    /**
     * Closes all clients side by side, because each may take as long as a frozen machine's deadlines. Those without a session
     * close at once, and need no thread.
     */
    @Override
    public void close() {
        publisher.close();
        Map<Boolean, List<ManagedClient>> byIdle = all().stream()
                .collect(Collectors.partitioningBy(managed -> managed.client().runstate() == Runstate.IDLE));
        List<Thread> closing = byIdle.getOrDefault(false, List.of()).stream()
                .map(managed -> {
                    Thread thread = new Thread(() -> close(managed), "qmp-close-" + Text.printable(managed.name()));
                    thread.setDaemon(true);
                    thread.start();
                    return thread;
                })
                .toList();
        byIdle.getOrDefault(true, List.of()).forEach(DefaultQmpClients::close);
        try {
            for (Thread thread : closing) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the daemons close the rest
        }
    }

    /** A client that fails to close, as an own one may, keeps no other from being closed. */
    private static void close(ManagedClient managed) {
        try {
            managed.client().close();
        } catch (RuntimeException e) {
            LOGGER.warn("QMP connection '" + Text.printable(managed.name()) + "' did not close in order", e);
        }
    }

    private <T> T locked(Supplier<T> action) {
        changes.lock();
        try {
            return action.get();
        } finally {
            changes.unlock();
        }
    }
}
