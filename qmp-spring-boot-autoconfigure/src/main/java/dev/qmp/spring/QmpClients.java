package dev.qmp.spring;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Registration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The registry of all clients of the application, by connection name: clients of the configuration, client beans
 * that the application declares, and clients that are added and removed while it runs. Health, metrics, application
 * events and the endpoint follow the registry.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public interface QmpClients {

    /** {@return the names of all connections, in the order of their registration} */
    Set<String> names();

    /** {@return a copy of all clients by name} */
    Map<String, QmpClient> asMap();

    /** {@return the named connection's client, empty if no connection has this name} */
    Optional<QmpClient> find(String name);

    /**
     * {@return the named connection's client}
     *
     * @throws IllegalArgumentException if no connection has this name
     */
    default QmpClient get(String name) {
        return find(name)
                .orElseThrow(() ->
                        new IllegalArgumentException("there is no QMP connection '" + name + "', only " + names()));
    }

    /** Adds a connection with an address. All other properties are those of {@code qmp.defaults}. */
    default QmpClient add(String name, String address) {
        return add(name, QmpConnectionProperties.ofAddress(address));
    }

    /**
     * Adds a connection. If the application runs and {@code auto-startup} is on, the client connects in the
     * background. Before the start of the application, it connects with the others. After the stop it stays
     * disconnected.
     *
     * @param name not blank, at most 256 characters, all of them printable
     * @param properties what differs from {@code qmp.defaults}
     * @throws IllegalArgumentException if the name or the address is taken, or the name or a property cannot be used
     */
    QmpClient add(String name, QmpConnectionProperties properties);

    /**
     * Removes a connection from the registry at once. Its client is closed when the commands under way are done, at
     * the latest after twice the disconnect timeout.
     *
     * @return completes after the close with true, on the client's callback executor; false at once if no connection
     *     has this name
     */
    CompletableFuture<Boolean> remove(String name);

    /**
     * Registers a listener. This method notifies it of all present clients before it returns. If the listener throws
     * meanwhile, the exception reaches the caller, and the listener is not registered.
     */
    Registration addListener(QmpClientsListener listener);
}
