package dev.qmp.internal.transport;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** What is under way on some event loops, and would wait for ever once they are closed. */
final class Attempts {

    /** How to end each. */
    private final Set<Runnable> underWay = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    /** {@return whether nothing can be begun any more} */
    boolean isClosed() {
        return closed;
    }

    /** Remembers an attempt until it is done; fails it at once if the loops are closed. */
    <F extends CompletableFuture<?>> F add(F attempt) {
        return add(attempt, () -> attempt.completeExceptionally(loopsClosed()));
    }

    /** The same for what ends in its own way. */
    <F extends CompletableFuture<?>> F add(F attempt, Runnable end) {
        underWay.add(end);
        attempt.whenComplete((result, failure) -> underWay.remove(end));
        if (closed) {
            end.run();
        }
        return attempt;
    }

    /** Nothing can be begun any more. */
    void close() {
        closed = true;
    }

    /** Fails all that is under way. */
    void failAll() {
        List.copyOf(underWay).forEach(Runnable::run);
    }

    static QmpConnectException loopsClosed() {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT, false, "cannot connect or listen: the event loops are closed", null);
    }
}
