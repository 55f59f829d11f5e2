package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpClientsListener;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The watches of all present connections of one sort.
 *
 * @param <T> what is known of a connection
 */
final class Watches<T> implements QmpClientsListener {

    private final Map<String, Watch<T>> byConnection = new ConcurrentHashMap<>();
    private final Predicate<QmpClient> watched;
    private final Function<QmpClient, Watch<T>> factory;

    /**
     * Keeps what is known of one connection.
     *
     * @param <T> what is known
     */
    interface Watch<T> {

        /** {@return what is known now, null if nothing is known} */
        @Nullable
        T current();

        /** Ends the watch. */
        void close();
    }

    /** Creates the watches of the connections that the predicate accepts. */
    Watches(Predicate<QmpClient> watched, Function<QmpClient, Watch<T>> factory) {
        this.watched = watched;
        this.factory = factory;
    }

    @Override
    public void clientAdded(String name, QmpClient client) {
        if (watched.test(client)) {
            byConnection.put(name, factory.apply(client));
        }
    }

    @Override
    public void clientRemoved(String name, QmpClient client) {
        Watch<T> removed = byConnection.remove(name);
        if (removed != null) {
            removed.close();
        }
    }

    /** {@return what is known of a connection, null if it is not watched or nothing is known} */
    @Nullable
    T of(String connection) {
        Watch<T> watch = byConnection.get(connection);
        return watch == null ? null : watch.current();
    }
}
