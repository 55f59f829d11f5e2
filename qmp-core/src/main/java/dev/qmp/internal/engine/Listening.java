package dev.qmp.internal.engine;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.UpperHalf;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The socket on which one peer is awaited, and a future of its close. */
@BottomHalf
final class Listening {

    /** Is complete, so that nothing is ever added to it. */
    private static final CompletableFuture<Void> NOTHING_LISTENS = CompletableFuture.completedFuture(null);

    private final LoopScheduler scheduler;
    /** Written on the event loop, read from any thread. */
    private volatile @Nullable Acceptor acceptor;

    private volatile @Nullable Endpoint lastEndpoint;
    private CompletableFuture<Void> silent = NOTHING_LISTENS;

    Listening(LoopScheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** Notes a bind in progress. From now on a socket may listen, even if the attempt fails. */
    CompletableFuture<Acceptor> begin(Binding binding) {
        scheduler.assertOnLoop();
        silent = binding.gone();
        return binding.acceptor();
    }

    void start(Acceptor bound) {
        scheduler.assertOnLoop();
        acceptor = bound;
        lastEndpoint = bound.endpoint();
    }

    /** {@return the endpoint of the last socket; null before the first} */
    @UpperHalf
    @Nullable
    Endpoint lastEndpoint() {
        return lastEndpoint;
    }

    boolean isOn(Acceptor bound) {
        scheduler.assertOnLoop();
        return acceptor == bound;
    }

    /** {@return the socket that listens; null if there is none} */
    @UpperHalf
    @Nullable
    Acceptor acceptor() {
        return acceptor;
    }

    void stop() {
        scheduler.assertOnLoop();
        Acceptor listening = acceptor;
        acceptor = null;
        if (listening != null) {
            listening.close();
        }
    }

    /** {@return completes when no socket listens any more} */
    CompletableFuture<Void> silent() {
        scheduler.assertOnLoop();
        return silent;
    }
}
