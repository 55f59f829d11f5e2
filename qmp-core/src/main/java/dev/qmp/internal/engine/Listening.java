package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The socket on which one peer is awaited, and the certainty that it is closed. */
@BottomHalf
final class Listening {

    private @Nullable BoundAcceptor acceptor;
    private CompletableFuture<Void> silent = CompletableFuture.completedFuture(null);

    void start(BoundAcceptor bound) {
        acceptor = bound;
    }

    boolean isOn(BoundAcceptor bound) {
        return acceptor == bound;
    }

    /** {@return where peers come in, null if nothing listens} */
    @Nullable
    BoundAcceptor acceptor() {
        return acceptor;
    }

    void stop() {
        BoundAcceptor listening = acceptor;
        acceptor = null;
        if (listening != null) {
            silent = listening.closed();
            listening.close();
        }
    }

    /** {@return completes when nothing listens any more} */
    CompletableFuture<Void> silent() {
        return silent;
    }
}
