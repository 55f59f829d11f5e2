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
import org.jspecify.annotations.Nullable;
import org.springframework.util.Assert;

/**
 * The registry of clients. A lock allows one change at a time, and is held while listeners are notified. So each
 * listener is notified of every client once and in order. Readers do not take the lock, and clients are built
 * outside it. The class is not final, because an aspect may need a proxy by subclass.
 */
class DefaultQmpClients implements QmpClients, ClientStarter, AutoCloseable {

    private static final SafeLog LOGGER = SafeLog.of(DefaultQmpClients.class);

    private final QmpClientFactory factory;
    private final QmpEventPublisher publisher;
    /** Resolved when the clients are started, because the bean depends on this registry. */
    private final Supplier<@Nullable ConnectionOwnership> ownerships;

    private final ReentrantLock changes = new ReentrantLock();
    /** Written under the lock {@code changes}; its own monitor is held for single operations only. */
    private final Map<String, ManagedClient> clients = Collections.synchronizedMap(new LinkedHashMap<>());

    private final Set<String> configured = ConcurrentHashMap.newKeySet();
    /** Changed under the lock {@code changes}. */
    private final MonitorAddresses addresses;

    private final List<QmpClientsListener> listeners = new ArrayList<>();
    /** Null if there is no fleet, or before the first start. */
    private volatile @Nullable ConnectionOwnership ownership;

    /** Null when stopped. */
    private volatile @Nullable SpreadAttempts attempts;

    /**
     * Creates a registry without clients.
     *
     * @param registered whether the client beans of the configuration are registered
     */
    DefaultQmpClients(
            QmpClientFactory factory,
            QmpEventPublisher publisher,
            Supplier<@Nullable ConnectionOwnership> ownerships,
            boolean registered) {
        this.factory = factory;
        this.addresses = registered ? factory.addresses() : new MonitorAddresses(List.of());
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
        Endpoint canonical = settings.endpoint().canonical(); // outside the lock, because it reads the file system
        refuseIfTaken(settings, canonical);
        ManagedClient added = ManagedClient.of(settings, factory.build(settings));
        try {
            locked(() -> {
                refuseIfTaken(settings, canonical);
                return register(added);
            });
        } catch (IllegalArgumentException e) {
            added.client().close(); // another thread has added the name or the address meanwhile
            throw e;
        }
        if (added.autoStartup()) {
            try {
                begin(added);
            } catch (Throwable e) {
                remove(name, added.client()); // the caller has no client
                throw e;
            }
        }
        return added.client();
    }

    private void refuseIfTaken(QmpConnectionSettings settings, Endpoint canonical) {
        if (isTaken(settings.name())) {
            throw new IllegalArgumentException(
                    "there is a QMP connection '" + Text.printable(settings.name()) + "' already");
        }
        addresses.refuseIfTaken(settings, canonical, all());
    }

    private boolean isTaken(String name) {
        return clients.containsKey(name) || addresses.isReserved(name);
    }

    /** {@return the client of a connection in the configuration, created at the first call} */
    QmpClient configured(String name) {
        configured.add(name);
        ManagedClient present = clients.get(name);
        if (present != null) {
            return present.client();
        }
        QmpConnectionSettings settings = factory.configured(name);
        ManagedClient made = ManagedClient.of(settings, factory.build(settings));
        ManagedClient kept = locked(() -> {
            addresses.release(name);
            ManagedClient quicker = clients.get(name);
            return quicker != null ? quicker : register(made);
        });
        if (kept.client() != made.client()) {
            made.client().close();
        }
        return kept.client();
    }

    /** {@return whether the client of a connection in the configuration was requested} */
    boolean isConfigured(String name) {
        return configured.contains(name);
    }

    /**
     * Adds a client that the application created. If its bean replaces that of a configured connection, the connection
     * has no other client.
     *
     * @throws IllegalStateException if the name is taken
     */
    void adopt(String beanName, QmpClient client) {
        ManagedClient adopted = ManagedClient.adopted(client, factory.isAutoStartupByDefault());
        locked(() -> {
            addresses.release(beanName);
            if (isTaken(adopted.name())) {
                throw new IllegalStateException("there is a QMP connection '" + Text.printable(adopted.name())
                        + "' already; names are given with QmpClientBuilder.name");
            }
            return register(adopted);
        });
    }

    private ManagedClient register(ManagedClient client) {
        publisher.forget(client.name()); // of a removed connection, whose listeners may not have received everything
        publisher.publishFrom(client);
        clients.put(client.name(), client);
        notifyListeners(listener -> listener.clientAdded(client.name(), client.client()));
        return client;
    }

    /** A listener that fails does not keep the change from other listeners or from the registry. */
    private void notifyListeners(Consumer<QmpClientsListener> change) {
        for (QmpClientsListener listener : listeners) {
            try {
                change.accept(listener);
            } catch (Throwable e) {
                LOGGER.error("A listener to QMP clients failed", e);
            }
        }
    }

    @Override
    public CompletableFuture<Boolean> remove(String name) {
        Objects.requireNonNull(name, "name");
        return removeIf(name, client -> true);
    }

    /** Removes a connection if it still has this client; otherwise as {@link #remove(String)}. */
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
                    notifyListeners(listener -> listener.clientRemoved(name, client.client()));
                    return Optional.of(client);
                })
                .orElse(null);
        if (removed == null) {
            return CompletableFuture.completedFuture(false);
        }
        ConnectionOwnership fleet = ownership;
        return removed.disconnect().thenApply(nothing -> {
            removed.close();
            publisher.removed(removed.client(), () -> forgetFailures(name));
            if (fleet != null) {
                fleet.removed(name, removed.client());
            }
            return locked(() -> {
                notifyListeners(listener -> listener.clientClosed(name, removed.client()));
                return true;
            });
        });
    }

    /** Removes the counters of a name, unless another connection has it now: its addition has removed them. */
    private void forgetFailures(String name) {
        locked(() -> {
            if (!clients.containsKey(name)) {
                publisher.forget(name);
            }
            return true;
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

    /**
     * Marks the registry as started. Clients that are added from now on connect at once.
     *
     * @return all clients
     */
    List<ManagedClient> started() {
        ownership = ownerships.get();
        return locked(() -> {
            addresses.releaseAll(); // all client beans exist, and a mock in the place of one is no connection
            attempts = new SpreadAttempts(this::isWanted);
            return all();
        });
    }

    /** Lets clients connect whose certificates were refused, because the bundle has new certificates. */
    void retryRefusedTls() {
        for (ManagedClient managed : all()) {
            RefusedTls.retry(managed.client(), () -> attemptNow(managed), () -> {
                if (managed.autoStartup()) {
                    begin(managed);
                }
            });
        }
    }

    /** Shortens the delay of a client. In a fleet, only the client of the instance that holds the machine has one. */
    private void attemptNow(ManagedClient client) {
        SpreadAttempts current = attempts;
        if (current != null) {
            current.begin(client, RefusedTls::attemptNow);
        }
    }

    /**
     * Marks the registry as stopped. Clients that are added from now on do not connect.
     *
     * @return all clients
     */
    List<ManagedClient> stopped() {
        return locked(() -> {
            SpreadAttempts waiting = attempts;
            attempts = null;
            if (waiting != null) {
                waiting.end();
            }
            return all();
        });
    }

    /** {@return a future that completes when the listeners have received all events until now} */
    CompletableFuture<Void> delivered() {
        return publisher.delivered();
    }

    /** Publishes no more events, because the application ends. */
    void endEvents() {
        publisher.end();
    }

    /** Publishes no more events of a client, because its bean is destroyed. */
    void endEvents(QmpClient client) {
        publisher.end(client);
    }

    /** {@return whether the clients' start is decided by a {@link ConnectionOwnership}} */
    boolean isFleet() {
        return ownership != null;
    }

    /**
     * Connects a client in the background, if the application runs. In a fleet, the ownership decides about the
     * start. A client without {@code auto-startup} does not take part in the fleet, and starts at once.
     */
    void begin(ManagedClient client) {
        SpreadAttempts current = attempts;
        ConnectionOwnership fleet = ownership;
        if (current != null && fleet != null && client.autoStartup()) {
            fleet.wanted(new ConnectionOwnership.Wanted(
                    client.name(), client.client(), client.reachableFrom(), client.commandTimeout()));
            if (find(client.name()).orElse(null) != client.client()) {
                fleet.removed(client.name(), client.client()); // a removal meanwhile may have come before wanted()
            }
        } else if (current != null) {
            current.begin(client);
        }
    }

    @Override
    public void start(String name, QmpClient client) {
        ManagedClient managed = clients.get(name);
        SpreadAttempts current = attempts;
        ConnectionOwnership fleet = ownership;
        if (current == null || managed == null || managed.client() != client) {
            return;
        }
        if (fleet == null || !fleet.restart(name, client)) {
            current.beginNow(managed, QmpClient::start);
        }
    }

    private boolean isWanted(ManagedClient client) {
        return attempts != null && find(client.name()).orElse(null) == client.client();
    }

    /**
     * Closes all clients in parallel, because each close may take as long as the deadlines for a frozen machine.
     * Clients without a session close at once, and need no thread.
     */
    @Override
    public void close() {
        publisher.close();
        Map<Boolean, List<ManagedClient>> byIdle = all().stream()
                .collect(Collectors.partitioningBy(managed -> managed.client().runstate() == Runstate.IDLE));
        List<Thread> closing = byIdle.getOrDefault(false, List.of()).stream()
                .map(managed -> {
                    Thread thread = new Thread(managed::close, "qmp-close-" + Text.printable(managed.name()));
                    thread.setDaemon(true);
                    thread.start();
                    return thread;
                })
                .toList();
        byIdle.getOrDefault(true, List.of()).forEach(ManagedClient::close);
        try {
            for (Thread thread : closing) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the daemon threads close the rest
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
