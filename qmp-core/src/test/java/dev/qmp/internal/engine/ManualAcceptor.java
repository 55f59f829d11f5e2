package dev.qmp.internal.engine;

import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import java.util.concurrent.CompletableFuture;

/** A listening socket at which peers arrive when the test says. */
final class ManualAcceptor implements BoundAcceptor {

    private final ManualEventLoops loops;
    private final Endpoint endpoint;
    private CompletableFuture<Connection> waiting;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private boolean closed;

    ManualAcceptor(ManualEventLoops loops, Endpoint endpoint) {
        this.loops = loops;
        this.endpoint = endpoint;
    }

    /** A peer dials. */
    void peerArrives() {
        loops.run(() -> waiting.complete(new ManualConnection()));
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
            waiting.complete(new ManualConnection());
        }
        return waiting;
    }

    @Override
    public CompletableFuture<Void> closed() {
        return end;
    }

    @Override
    public void close() {
        closed = true;
        if (loops.acceptorsCloseAtOnce) {
            end.complete(null);
        }
    }

    /** The system has the socket back. */
    void finishClosing() {
        end.complete(null);
    }

    private static final class ManualConnection implements Connection {

        @Override
        public String peer() {
            return "the test";
        }

        @Override
        public void close() {}
    }
}
