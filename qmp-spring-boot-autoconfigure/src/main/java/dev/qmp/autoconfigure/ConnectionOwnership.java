package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.message.InternalApi;
import java.time.Duration;
import java.util.List;

/**
 * Decides which instance of an application holds a connection, if several instances know it. If a bean of this type
 * exists, the registry passes each connection to it, and starts no client itself.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
@InternalApi
public interface ConnectionOwnership {

    /**
     * A connection that is to be connected by its owner.
     *
     * @param name the connection's name
     * @param client this instance's client, to be started only while this instance is the owner
     * @param reachableFrom the labels of the instances that can reach the machine; empty for all instances
     * @param commandTimeout the deadline of a command that has none of its own
     */
    record Wanted(String name, QmpClient client, List<String> reachableFrom, Duration commandTimeout) {

        /** Copies the labels. */
        public Wanted {
            reachableFrom = List.copyOf(reachableFrom);
        }
    }

    /**
     * Takes a connection. Starts its client now or later, if this instance is the owner. A second call for a connection
     * that this instance holds starts its client again.
     */
    void wanted(Wanted connection);

    /**
     * Starts the client of a connection again, if this instance holds the connection when it comes to it.
     *
     * @return false if no call of {@link #wanted} has passed the connection, so that the caller may start the client
     */
    boolean restart(String name, QmpClient client);

    /** Releases a connection that was removed here; the client is closed by the registry. */
    void removed(String name, QmpClient client);
}
