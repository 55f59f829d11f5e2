package dev.qmp.server;

import dev.qmp.error.Text;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.TlsOptions;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Accepts the clients of a server, one for each request. It can be closed and opened again at the same endpoint, by
 * one thread at a time.
 */
final class ServerAcceptor {

    private final EventLoops eventLoops;
    private final @Nullable TlsOptions tls;
    private final Consumer<Connection> clients;
    private final Logger logger;
    private volatile Endpoint endpoint;
    private volatile @Nullable Acceptor acceptor;

    ServerAcceptor(
            Endpoint endpoint,
            EventLoops eventLoops,
            @Nullable TlsOptions tls,
            Consumer<Connection> clients,
            Logger logger) {
        this.endpoint = endpoint;
        this.eventLoops = eventLoops;
        this.tls = tls;
        this.clients = clients;
        this.logger = logger;
    }

    /** {@return the endpoint; with the real port after the first {@link #open()}} */
    Endpoint endpoint() {
        return endpoint;
    }

    /** Listens, and accepts the first client. */
    void open() {
        try {
            Acceptor bound = Acceptor.bind(endpoint, eventLoops, tls).join();
            endpoint = bound.endpoint();
            acceptor = bound;
            acceptNext();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Accepts the next client, unless the server is closed. */
    void acceptNext() {
        Acceptor current = acceptor;
        if (current == null) {
            return;
        }
        current.accept().whenComplete((connection, failure) -> {
            if (connection != null) {
                clients.accept(connection);
            } else if (current == acceptor && mayRetry(failure)) {
                logger.warn("Cannot accept a client: {}", Text.messageOf(failure));
                acceptNext();
            }
        });
    }

    /** {@return false if another accept is pending already, or the event loops are closed} */
    private static boolean mayRetry(Throwable failure) {
        return !(failure instanceof IllegalStateException)
                && !(failure instanceof QmpConnectException refused && !refused.isRetryable());
    }

    /** Stops listening. Clients that wait in the backlog are disconnected. */
    void close() {
        Acceptor current = acceptor;
        acceptor = null;
        if (current != null) {
            current.close();
        }
    }
}
