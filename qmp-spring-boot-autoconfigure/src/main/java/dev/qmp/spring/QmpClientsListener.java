package dev.qmp.spring;

import dev.qmp.QmpClient;

/**
 * Is notified when clients are added to and removed from {@link QmpClients}. Calls come one at a time, on the thread
 * that adds or removes the client. Until a call returns, no other client can be added or removed. So an
 * implementation must not wait for a machine or another thread.
 */
public interface QmpClientsListener {

    /** A client was added. */
    void clientAdded(String name, QmpClient client);

    /** A client was removed, and will be closed. */
    void clientRemoved(String name, QmpClient client);

    /**
     * A removed client is closed, and all its commands have their outcome. A new connection may already have its
     * name.
     */
    default void clientClosed(String name, QmpClient client) {}
}
