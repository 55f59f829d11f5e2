package dev.qmp.internal.engine;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import java.util.concurrent.CompletableFuture;

/** A listening socket to which peers connect on request of the test. */
final class ManualAcceptor implements Acceptor {

    private final ManualEventLoops loops;
    private final Endpoint endpoint;
    private CompletableFuture<Connection> waiting;
    private final CompletableFuture<Void> gone;
    private final ManualConnection peer = new ManualConnection();
    private boolean closed;

    /** What {@code close} fails with, without releasing the socket; null to succeed. */
    Error closeFailure;

    ManualAcceptor(ManualEventLoops loops, Endpoint endpoint, CompletableFuture<Void> gone) {
        this.loops = loops;
        this.endpoint = endpoint;
        this.gone = gone;
    }

    /** A peer dials. */
    void peerArrives() {
        loops.run(this::admitPeer);
    }

    void admitPeer() {
        waiting.complete(peer);
    }

    /** {@return the connection of the peer that has arrived} */
    ManualConnection peer() {
        return peer;
    }

    void breaks(Throwable failure) {
        loops.run(() -> waiting.completeExceptionally(failure));
    }

    boolean isClosed() {
        return closed;
    }

    boolean isAccepting() {
        return waiting != null && !waiting.isDone();
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public CompletableFuture<Connection> accept() {
        waiting = new CompletableFuture<>();
        if (loops.peerWaits) {
            waiting.complete(peer);
        }
        return waiting;
    }

    @Override
    public void close() {
        closed = true;
        if (closeFailure != null) {
            throw closeFailure;
        }
        if (loops.acceptorsCloseAtOnce) {
            gone.complete(null);
        }
    }

    /** The system has the socket back. */
    void finishClosing() {
        gone.complete(null);
    }
}
