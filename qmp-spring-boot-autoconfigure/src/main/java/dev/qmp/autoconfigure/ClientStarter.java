package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.message.InternalApi;

/**
 * Starts clients again while the application runs. The registry of clients implements it. A direct call of {@link
 * QmpClient#start()} would bypass the fleet and the life cycle of the application.
 *
 * <p>Thread safety: the method may be called from any thread.
 */
@InternalApi
public interface ClientStarter {

    /**
     * Starts a client. It has no effect if the application has stopped, if the client was removed, or if another
     * instance of a fleet holds the connection.
     */
    void start(String name, QmpClient client);
}
