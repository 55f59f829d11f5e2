package dev.qmp.spring.test;

import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The in-process servers of a test context with {@link AutoConfigureQmpServer}, by the names of their connections.
 *
 * <p>Each connection has a server of its own, because a monitor serves one client at a time. The servers of the
 * configuration are started before the context. A connection that the application adds later gets its server at that
 * moment. All servers end with the context, after the clients.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public final class QmpServers {

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, QmpServer> servers = new LinkedHashMap<>();
    private final String schema;
    private boolean closed;

    QmpServers(String schema) {
        this.schema = schema;
    }

    /**
     * {@return the server of a connection} If the connection has none yet, this method starts it. So a test can script
     * the replies for a connection before the application adds it.
     *
     * @throws IllegalStateException if the context is closed
     */
    public QmpServer get(String connection) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException(
                        "connection '" + connection + "' gets no test server, because the test's context is closed");
            }
            return servers.computeIfAbsent(connection, this::start);
        } finally {
            lock.unlock();
        }
    }

    private QmpServer start(String connection) {
        QmpServer.Builder builder =
                QmpServer.builder(Endpoint.tcp("127.0.0.1", 0)).name(connection);
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
