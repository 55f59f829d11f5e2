package dev.qmp.autoconfigure.test;

import dev.qmp.autoconfigure.QmpConnectionDetails;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;

/**
 * The servers that stand in for the machines of one context, by the names of their connections. They come before whatever
 * else says where a machine is: properties, and connection details of the application.
 */
record QmpTestServers(Map<String, QmpServer> byConnection) implements QmpConnectionDetails, Ordered {

    @Override
    public @Nullable Endpoint getEndpoint(String connectionName) {
        QmpServer server = byConnection.get(connectionName);
        return server == null ? null : server.endpoint();
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }
}
