package dev.qmp.spring;

import dev.qmp.QmpClient;

/**
 * Is notified when clients are added to and removed from {@link QmpClients}. Calls come one at a time. Until a
 * call returns, no other client can be added or removed. So an implementation must not wait for a machine or another
 * thread. If a listener throws, that is logged and has no other effect, except during {@link QmpClients#addListener}.
 */
public interface QmpClientsListener {

    /** A client was added. Called on the thread that adds it, or that registers this listener. */
    void clientAdded(String name, QmpClient client);

    /** A client was removed, and will be closed. Called on the thread that removes it. */
    void clientRemoved(String name, QmpClient client);

    /**
     * A removed client is closed, and all its commands have their outcome. A new connection may already have its
     * name. Called on the client's callback executor.
     */
    default void clientClosed(String name, QmpClient client) {}
}
