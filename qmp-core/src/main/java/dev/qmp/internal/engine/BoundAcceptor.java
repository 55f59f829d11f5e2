package dev.qmp.internal.engine;

import dev.qmp.protocol.Acceptor;
import java.util.concurrent.CompletableFuture;

/** Port: an acceptor whose end can be awaited. */
public interface BoundAcceptor extends Acceptor {

    /** {@return completes when, after {@link #close()}, the system has its socket back} */
    CompletableFuture<Void> closed();
}
