package dev.qmp.internal.transport;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The operations in progress on some event loops. They are failed when the loops are closed, because they would wait
 * for ever.
 */
final class OpenOperations {

    /** The actions that end the operations. */
    private final Set<Runnable> underWay = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    /** {@return whether the loops are closed, so that no operation can begin} */
    boolean isClosed() {
        return closed;
    }

    /** Adds an operation until it is done. If the loops are closed, it is failed at once. */
    <F extends CompletableFuture<?>> F add(F operation) {
        return add(operation, () -> operation.completeExceptionally(loopsClosed()));
    }

    /** Adds an operation that has its own way to end. */
    <F extends CompletableFuture<?>> F add(F operation, Runnable end) {
        underWay.add(end);
        operation.whenComplete((result, failure) -> underWay.remove(end));
        if (closed) {
            end.run();
        }
        return operation;
    }

    /** Refuses further operations. */
    void close() {
        closed = true;
    }

    /** Fails all operations in progress. */
    void failAll() {
        List.copyOf(underWay).forEach(Runnable::run);
    }

    static QmpConnectException loopsClosed() {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT, false, "cannot connect or listen: the event loops are closed", null);
    }
}
