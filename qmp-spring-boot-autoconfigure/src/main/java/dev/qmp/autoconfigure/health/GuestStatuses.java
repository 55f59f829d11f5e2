package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpClientsListener;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The guest statuses of all machines; a guest agent has none. */
final class GuestStatuses implements QmpClientsListener {

    private final Map<String, GuestStatus> byConnection = new ConcurrentHashMap<>();

    @Override
    public void clientAdded(String name, QmpClient client) {
        if (!client.isGuestAgent()) {
            byConnection.put(name, new GuestStatus(client));
        }
    }

    @Override
    public void clientRemoved(String name, QmpClient client) {
        GuestStatus removed = byConnection.remove(name);
        if (removed != null) {
            removed.close();
        }
    }

    /** {@return the guest status of a connection, null if it is unknown} */
    @Nullable
    String of(String connection) {
        GuestStatus status = byConnection.get(connection);
        return status == null ? null : status.current();
    }
}
