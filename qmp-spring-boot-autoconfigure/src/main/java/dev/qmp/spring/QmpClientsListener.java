package dev.qmp.spring;

import dev.qmp.QmpClient;

/**
 * Follows the clients of an application as they come and go. Called one at a time, on the thread that adds or removes a
 * client; until it returns, no other can be added or removed, so that it must not wait for a machine or another thread.
 */
public interface QmpClientsListener {

    /** A client was added. */
    void clientAdded(String name, QmpClient client);

    /** A client was removed, and is about to be closed. */
    void clientRemoved(String name, QmpClient client);

    /**
     * A client that was removed is closed, and all its commands have their outcome. Another may have come under its name
     * meanwhile.
     */
    default void clientClosed(String name, QmpClient client) {}
}
