package dev.qmp.internal.engine;

import dev.qmp.protocol.Acceptor;
import java.util.concurrent.CompletableFuture;

/**
 * Port: a bind in progress.
 *
 * @param acceptor completes with the socket, or fails with a {@link dev.qmp.protocol.QmpConnectException}; cancelling
 *     it cancels the bind
 * @param gone completes when the system has released the socket: after a failure, after a cancellation, and after
 *     {@link Acceptor#close()}
 */
public record Binding(CompletableFuture<Acceptor> acceptor, CompletableFuture<Void> gone) {

    /** Creates a bind that is about to start. */
    public Binding() {
        this(new CompletableFuture<>(), new CompletableFuture<>());
    }
}
