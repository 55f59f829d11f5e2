package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpClientsListener;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The answers of all guest agents. */
final class AgentWatches implements QmpClientsListener {

    private final Map<String, AgentWatch> byConnection = new ConcurrentHashMap<>();
    private final Duration timeout;
    private final Duration maxAge;

    AgentWatches(Duration timeout, Duration maxAge) {
        this.timeout = timeout;
        this.maxAge = maxAge;
    }

    @Override
    public void clientAdded(String name, QmpClient client) {
        if (client.isGuestAgent()) {
            byConnection.put(name, new AgentWatch(client, timeout, maxAge));
        }
    }

    @Override
    public void clientRemoved(String name, QmpClient client) {
        AgentWatch removed = byConnection.remove(name);
        if (removed != null) {
            removed.close();
        }
    }

    /** {@return the last answer of a connection's agent, null if it has none} */
    AgentWatch.@Nullable Answer of(String connection) {
        AgentWatch watch = byConnection.get(connection);
        return watch == null ? null : watch.current();
    }
}
