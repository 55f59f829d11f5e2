package dev.qmp.spring.test;

import dev.qmp.ConnectMode;
import dev.qmp.protocol.Endpoint;
import dev.qmp.spring.QmpConnectionDetails;
import org.springframework.core.PriorityOrdered;

/**
 * Redirects every connection to its test server. These details have the highest priority, so that neither properties
 * nor other details lead a connection to a machine.
 */
final class TestConnectionDetails implements QmpConnectionDetails, PriorityOrdered {

    private final QmpServers servers;

    TestConnectionDetails(QmpServers servers) {
        this.servers = servers;
    }

    @Override
    public Endpoint getEndpoint(String connectionName) {
        return servers.get(connectionName).endpoint();
    }

    @Override
    public ConnectMode getMode(String connectionName) {
        return ConnectMode.CONNECT;
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }
}
