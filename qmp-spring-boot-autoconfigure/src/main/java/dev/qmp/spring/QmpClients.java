package dev.qmp.spring;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Registration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * All clients of the application by the names of their connections: those from the configuration, those the application
 * declared as beans, and those that come and go while it runs. Health, metrics, application events and the endpoint follow
 * it.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public interface QmpClients {

    /** {@return the names of all connections, in the order in which they came} */
    Set<String> names();

    /** {@return all clients by name, as they are now} */
    Map<String, QmpClient> asMap();

    /** {@return the named connection's client, if there is one} */
    Optional<QmpClient> find(String name);

    /**
     * {@return the named connection's client}
     *
     * @throws IllegalArgumentException if there is none
     */
    default QmpClient get(String name) {
        return find(name)
                .orElseThrow(() ->
                        new IllegalArgumentException("there is no QMP connection '" + name + "', only " + names()));
    }

    /** Adds a connection with an address, and all else as in {@code qmp.defaults}. */
    default QmpClient add(String name, String address) {
        return add(name, QmpConnectionProperties.of(address));
    }

    /**
     * Adds a connection, and connects it in the background if the application runs and {@code auto-startup} is on.
     *
     * @param properties what differs from {@code qmp.defaults}
     * @throws IllegalArgumentException if the name or the address is taken, or a property cannot be used
     */
    QmpClient add(String name, QmpConnectionProperties properties);

    /**
     * Removes a connection: it is gone from here at once, and closed when its commands under way are done, within the
     * disconnect timeout.
     *
     * @return completes with whether there was one, when it is closed
     */
    CompletableFuture<Boolean> remove(String name);

    /** Registers a listener; it is told at once of the clients that are there already. */
    Registration addListener(QmpClientsListener listener);
}
