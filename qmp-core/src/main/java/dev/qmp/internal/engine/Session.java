package dev.qmp.internal.engine;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.BottomHalf;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One open transport, from its opening to its close: who gets what comes in, and when all is quiet. What goes out is the
 * {@link Writer}'s. Lives on the event loop.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class Session<M> {

    /** How many messages may come before the protocol, which is still establishing, asks for them. */
    private static final int MAX_EARLY_MESSAGES = 1024;

    private final Hooks<M> hooks;
    private final Transport<M> transport;
    private final SessionListener listener;
    private final Writer<M> writer;
    private final ArrayDeque<M> inbox = new ArrayDeque<>();
    private @Nullable CompletableFuture<M> receiver;
    private boolean established;
    private boolean closed;

    Session(EngineContext<M> context, Transport<M> transport, SessionListener listener) {
        this.hooks = context.hooks();
        this.transport = transport;
        this.listener = listener;
        this.writer = new Writer<>(context, transport, listener);
    }

    // ------------------------------------------------------------------ reading

    /** Notifies the protocol that the peer has sent something, before it is known what. */
    void arrived() {
        if (closed) {
            return;
        }
        try {
            hooks.arrived();
        } catch (Throwable e) {
            listener.sessionFailed(e);
        }
    }

    /**
     * Hands a message to whoever is in charge: the protocol, or while establishing its {@link #receive()}. What still
     * comes once the session is closed is dropped: after a failure nothing that follows can be trusted.
     */
    void received(M raw) {
        if (closed) {
            return;
        }
        try {
            M message = hooks.inbound(raw);
            if (established) {
                hooks.message(message);
            } else {
                deliverToHandshake(message);
            }
        } catch (Throwable e) {
            listener.sessionFailed(e);
            return;
        }
        listener.sessionMoved();
    }

    private void deliverToHandshake(M message) {
        CompletableFuture<M> waiting = receiver;
        receiver = null;
        if (waiting != null && waiting.complete(message)) {
            return;
        }
        if (inbox.size() == MAX_EARLY_MESSAGES) {
            throw new ProtocolException(
                    Violation.LIMIT,
                    "more than " + MAX_EARLY_MESSAGES + " messages before the session is established"
                            + " (fixed limit)");
        }
        inbox.add(message);
    }

    CompletableFuture<M> receive() {
        CompletableFuture<M> earlier = receiver;
        if (established || (earlier != null && !earlier.isDone())) {
            throw new IllegalStateException("receive() is for establishing a session, one call at a time");
        }
        M message = inbox.poll();
        if (message != null) {
            return CompletableFuture.completedFuture(message);
        }
        CompletableFuture<M> future = new CompletableFuture<>();
        receiver = future;
        return future;
    }

    /** From now on messages go to the protocol: first those that came early. */
    void establish() {
        established = true;
        try {
            for (M message = inbox.poll(); message != null; message = inbox.poll()) {
                hooks.message(message);
            }
        } catch (Throwable e) {
            listener.sessionFailed(e);
            return;
        }
        writer.schedulePump();
    }

    // ------------------------------------------------------------------ writing

    Writer<M> writer() {
        return writer;
    }

    // ------------------------------------------------------------------ the end

    /** {@return whether all that was queued is written, and nothing is awaited} */
    boolean isQuiet() {
        try {
            return writer.isQuiet() && hooks.isQuiet();
        } catch (Throwable e) {
            listener.sessionFailed(e);
            return false;
        }
    }

    /** Tells the protocol what will never be sent, then closes. */
    void close(Throwable cause) {
        closed = true;
        writer.close(cause);
        CompletableFuture<M> waiting = receiver;
        receiver = null;
        if (waiting != null) {
            waiting.completeExceptionally(cause);
        }
        inbox.clear();
        transport.close();
    }
}
