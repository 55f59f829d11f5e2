package dev.qmp.internal.engine;

import dev.qmp.protocol.Acceptor;
import java.util.concurrent.CompletableFuture;

/**
 * Port: a bind that is under way, and what comes of it.
 *
 * @param acceptor completes with the socket, or fails with a {@link dev.qmp.protocol.QmpConnectException}; cancelling
 *     it gives the bind up
 * @param gone completes when the system has everything back: after a failure, after giving up in the midst of it, and
 *     after {@link Acceptor#close()}
 */
public record Binding(CompletableFuture<Acceptor> acceptor, CompletableFuture<Void> gone) {

    /** A bind that begins. */
    public Binding() {
        this(new CompletableFuture<>(), new CompletableFuture<>());
    }
}
