package dev.qmp.protocol;

import dev.qmp.internal.transport.NettyEventLoops;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A bound socket that takes in peers one by one, when asked. Whoever has not been accepted waits in the system's
 * backlog (of one), connected as far as it can tell.
 *
 * <p>A Unix socket is made its owner's only (mode 0600) right after binding. A socket file that nobody serves any more
 * is replaced; one that is alive, or a file that is no socket, is left alone and refused.
 */
public interface Acceptor extends AutoCloseable {

    /**
     * Binds and listens.
     *
     * @param tls how to serve TLS; null for none
     * @return completes on an event loop, or wherever it failed, then with {@link QmpConnectException}; cancelling it
     *     leaves nothing open
     */
    static CompletableFuture<Acceptor> bind(Endpoint endpoint, EventLoops loops, @Nullable TlsOptions tls) {
        Objects.requireNonNull(endpoint, "endpoint");
        return NettyEventLoops.of(loops).listen(endpoint, tls);
    }

    /** {@return where it listens; with the real port if the port was chosen by the system} */
    Endpoint endpoint();

    /**
     * Takes in the next peer.
     *
     * @return completes on an event loop; fails with {@link IllegalStateException} if an earlier call is still waiting;
     *     cancelled when the acceptor is closed, and may be cancelled
     */
    CompletableFuture<Connection> accept();

    /**
     * Stops listening and removes the socket file it made; when it returns, somebody else may listen there, unless it
     * was called on an event loop, which does not wait. Connections already handed out live on.
     */
    @Override
    void close();
}
