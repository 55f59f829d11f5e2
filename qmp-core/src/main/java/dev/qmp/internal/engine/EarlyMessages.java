package dev.qmp.internal.engine;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.BottomHalf;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The messages that arrive while a {@link Session} is being established. The protocol receives them one by one.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class EarlyMessages<M> {

    /** The limit of messages that arrive before the protocol receives them. */
    private static final int MAX = 1024;

    /** Null while there are none, as in nearly all sessions. */
    private @Nullable ArrayDeque<M> unread;

    private @Nullable CompletableFuture<M> receiver;

    /** Completes the call that waits for a message, or keeps the message for a later call. */
    void arrived(M message) {
        CompletableFuture<M> waiting = receiver;
        receiver = null;
        if (waiting != null && waiting.complete(message)) {
            return;
        }
        ArrayDeque<M> kept = unread == null ? new ArrayDeque<>() : unread;
        unread = kept;
        if (kept.size() == MAX) {
            throw new ProtocolException(
                    Violation.LIMIT, "more than " + MAX + " messages before the session is established (fixed limit)");
        }
        kept.add(message);
    }

    /** {@return the next message, when it has arrived} One call at a time. */
    CompletableFuture<M> receive() {
        CompletableFuture<M> earlier = receiver;
        if (earlier != null && !earlier.isDone()) {
            throw new IllegalStateException("receive() is for one call at a time");
        }
        M message = poll();
        if (message != null) {
            return CompletableFuture.completedFuture(message);
        }
        CompletableFuture<M> future = new CompletableFuture<>();
        receiver = future;
        return future;
    }

    /** {@return the next message that was not received; null if there is none} */
    @Nullable
    M poll() {
        return unread == null ? null : unread.poll();
    }

    /** Fails the call that waits for a message, because none will arrive. */
    void end(Throwable cause) {
        CompletableFuture<M> waiting = receiver;
        receiver = null;
        unread = null;
        if (waiting != null) {
            waiting.completeExceptionally(cause);
        }
    }
}
