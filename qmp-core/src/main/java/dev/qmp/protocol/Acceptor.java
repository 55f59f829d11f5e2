package dev.qmp.protocol;

import dev.qmp.internal.engine.SecondPeerLog;
import dev.qmp.internal.engine.Transports;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A bound socket that accepts peers one by one, each on request. Other peers wait in the system's backlog of one, where
 * they count as connected.
 *
 * <p>The file of a Unix socket gets mode 0600 right after binding. A socket file without a listening process is
 * replaced. If a process listens on it, or the file is not a socket, {@link #bind} fails and leaves the file as it is.
 *
 * <p>Not for implementation: no method accepts an acceptor, and later versions may add methods.
 */
public interface Acceptor extends AutoCloseable {

    /**
     * Binds and listens.
     *
     * @param tls the TLS options; null for no TLS
     * @return completes on an event loop; fails, on any thread, with {@link QmpConnectException}. If it is cancelled,
     *     nothing stays open
     * @throws IllegalArgumentException if a class of the application implements the loops
     */
    static CompletableFuture<Acceptor> bind(Endpoint endpoint, EventLoops loops, @Nullable TlsOptions tls) {
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(loops, "loops");
        SecondPeerLog log = new SecondPeerLog(LoggerFactory.getLogger(Acceptor.class));
        return Transports.of(loops).bind(endpoint, tls, log).acceptor();
    }

    /** {@return the endpoint on which it listens; with the real port if the system chose the port} */
    Endpoint endpoint();

    /**
     * Accepts the next peer. It may be cancelled.
     *
     * @return completes on an event loop; fails with {@link IllegalStateException} if an earlier call still waits. It
     *     is cancelled when the acceptor is closed
     */
    CompletableFuture<Connection> accept();

    /**
     * Stops listening and removes the socket file that it created. When the call returns, another process can listen
     * there, except after a call on an event loop, which does not wait. Accepted connections stay open.
     */
    @Override
    void close();
}
