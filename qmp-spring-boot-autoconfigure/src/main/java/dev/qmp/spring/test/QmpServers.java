package dev.qmp.spring.test;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The in-process servers of a test context with {@link AutoConfigureQmpServer}, by the names of their connections.
 *
 * <p>Each connection has a server of its own, because a monitor serves one client at a time. The servers of the
 * configuration are started before any bean. A connection that the application adds later gets its server at that
 * moment. All servers end with the context, after the clients.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public final class QmpServers {

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, QmpServer> servers = new LinkedHashMap<>();
    private final Set<QmpClient> connected = ConcurrentHashMap.newKeySet();
    private final String schema;
    private final BooleanSupplier guestAgentByDefault;
    private boolean closed;

    /**
     * Creates the servers.
     *
     * @param guestAgentByDefault whether the server of a connection that is added later plays a guest agent
     */
    QmpServers(String schema, BooleanSupplier guestAgentByDefault) {
        this.schema = schema;
        this.guestAgentByDefault = guestAgentByDefault;
    }

    /**
     * {@return the server of a connection} If the connection has none yet, this method starts it. So a test can script
     * the replies for a connection before the application adds it.
     *
     * @throws IllegalStateException if the context is closed
     */
    public QmpServer get(String connection) {
        return get(connection, guestAgentByDefault.getAsBoolean());
    }

    /**
     * {@return the server of a connection to a guest agent, which the application adds while it runs} If the connection
     * has none yet, this method starts it. Call it before the application adds the connection. Connections of the
     * configuration with the protocol {@code guest-agent} have such a server by themselves.
     *
     * @throws IllegalStateException if the context is closed, or the connection has the server of a monitor already
     */
    public QmpServer getGuestAgent(String connection) {
        QmpServer server = get(connection, true);
        if (!server.isGuestAgent()) {
            throw new IllegalStateException("connection '" + connection + "' has the test server of a monitor already;"
                    + " call getGuestAgent before the application adds the connection");
        }
        return server;
    }

    /** {@return the server of a connection} If the connection has none yet, this method starts one of this kind. */
    QmpServer get(String connection, boolean guestAgent) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException(
                        "connection '" + connection + "' gets no test server, because the test's context is closed");
            }
            return servers.computeIfAbsent(connection, name -> start(name, guestAgent));
        } finally {
            lock.unlock();
        }
    }

    private QmpServer start(String connection, boolean guestAgent) {
        QmpServer.Builder builder =
                QmpServer.builder(Endpoint.tcp("127.0.0.1", 0)).name(connection);
        if (guestAgent) {
            return builder.guestAgent().start();
        }
        return schema.isEmpty() ? builder.start() : builder.schema(schema).start();
    }

    /** {@return the names of the connections that have a server, in the order of their start} */
    public Set<String> names() {
        return asMap().keySet();
    }

    /** {@return a copy of all servers by connection name, in the order of their start} */
    public Map<String, QmpServer> asMap() {
        lock.lock();
        try {
            return new LinkedHashMap<>(servers);
        } finally {
            lock.unlock();
        }
    }

    boolean listenAt(Endpoint endpoint) {
        return asMap().values().stream().anyMatch(server -> server.endpoint().equals(endpoint));
    }

    /** {@return the version of QEMU whose schema the servers have; empty for none} */
    String schema() {
        return schema;
    }

    /** {@return the clients that had a session when a test method began} The caller adds them. */
    Set<QmpClient> connected() {
        return connected;
    }

    void reset() {
        asMap().values().forEach(QmpServer::reset);
    }

    void close() {
        List<QmpServer> open;
        lock.lock();
        try {
            closed = true;
            open = List.copyOf(servers.values());
        } finally {
            lock.unlock();
        }
        open.forEach(QmpServer::close);
    }
}
