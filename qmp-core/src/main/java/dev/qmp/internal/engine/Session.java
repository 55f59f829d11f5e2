package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reading and writing on one open transport, from its opening to its close. Lives on the event loop.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class Session<M> {

    /** How many messages may come before the protocol, which is still establishing, asks for them. */
    private static final int MAX_EARLY_MESSAGES = 1024;

    private final Hooks<M> hooks;
    private final Loop loop;
    private final Transport<M> transport;
    private final Duration writeTimeout;
    private final SessionListener listener;
    private final OutgoingQueue<M> outgoing;
    private final Predicate<M> writable;
    private final Runnable pump = this::pump;
    private final ArrayDeque<M> inbox = new ArrayDeque<>();
    private @Nullable CompletableFuture<M> receiver;
    private boolean established;
    private boolean closed;
    private boolean pumpScheduled;
    /** Written, but not yet taken by the system, in their order; the count is of all that ever were written. */
    private final ArrayDeque<M> unflushed = new ArrayDeque<>();

    private long written;
    private Cancellable writeDeadline = Cancellable.NOTHING;

    /** What a session tells the engine. */
    interface SessionListener {

        /** The session cannot go on. */
        void sessionFailed(Throwable cause);

        /** A message came or went: whoever waits for silence may look again. */
        void sessionMoved();
    }

    Session(Hooks<M> hooks, Loop loop, Transport<M> transport, Duration writeTimeout, SessionListener listener) {
        this.hooks = hooks;
        this.loop = loop;
        this.transport = transport;
        this.writeTimeout = writeTimeout;
        this.listener = listener;
        this.outgoing = new OutgoingQueue<>(hooks);
        this.writable = transport::isWritable;
    }

    // ------------------------------------------------------------------ reading

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
                    Violation.LIMIT, "more than " + MAX_EARLY_MESSAGES + " messages before the session is established");
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
        schedulePump();
    }

    // ------------------------------------------------------------------ writing

    void send(M message, boolean urgent) {
        outgoing.add(message, urgent);
        schedulePump();
    }

    boolean withdraw(M message) {
        return outgoing.remove(message);
    }

    boolean hasOutgoing() {
        return !outgoing.isEmpty();
    }

    /** Writes at the end of this turn of the loop, so that what is sent in one turn leaves in one system call. */
    void schedulePump() {
        if (!pumpScheduled) {
            pumpScheduled = true;
            loop.execute(pump);
        }
    }

    private void pump() {
        pumpScheduled = false;
        if (closed) {
            return;
        }
        long before = written;
        try {
            for (M queued = outgoing.poll(writable); queued != null; queued = outgoing.poll(writable)) {
                write(queued);
            }
        } catch (Throwable e) {
            listener.sessionFailed(e);
        }
        if (written > before) {
            long batch = written;
            transport.flush(() -> flushed(batch));
            armWriteDeadlineIfStalled();
        }
        listener.sessionMoved();
    }

    /** A message that cannot be encoded is its sender's mistake; what a hook throws ends the session, whatever it is. */
    private void write(M queued) {
        M filtered;
        try {
            filtered = hooks.outbound(queued);
        } catch (Throwable e) {
            tell(() -> hooks.unsent(queued, e));
            listener.sessionFailed(e);
            return;
        }
        try {
            transport.write(filtered);
            unflushed.add(queued);
            written++;
        } catch (IllegalArgumentException e) {
            tell(() -> hooks.unsent(queued, e));
        } catch (Throwable e) {
            tell(() -> hooks.unsent(queued, e));
            listener.sessionFailed(e);
        }
    }

    /** Tells the protocol the fate of one message; whatever comes of that, the others are told of theirs. */
    private void tell(Runnable hook) {
        try {
            hook.run();
        } catch (Throwable e) {
            listener.sessionFailed(e);
        }
    }

    /** The system has taken all up to the given count. */
    private void flushed(long upTo) {
        writeDeadline.cancel();
        writeDeadline = Cancellable.NOTHING;
        for (long left = written - upTo; unflushed.size() > left; ) {
            M message = unflushed.remove();
            tell(() -> hooks.sent(message));
        }
        if (closed) {
            return;
        }
        armWriteDeadlineIfStalled();
        if (!outgoing.isEmpty()) {
            schedulePump();
        }
        listener.sessionMoved();
    }

    /** Nearly always the system takes everything at once, and no timer is needed. */
    private void armWriteDeadlineIfStalled() {
        if (closed || unflushed.isEmpty() || writeDeadline != Cancellable.NOTHING) {
            return;
        }
        long taken = transport.taken();
        writeDeadline = loop.schedule(writeTimeout, () -> writeDeadlinePassed(taken));
    }

    /** A long message may take longer, as long as it goes on. */
    private void writeDeadlinePassed(long takenBefore) {
        writeDeadline = Cancellable.NOTHING;
        if (transport.taken() > takenBefore) {
            armWriteDeadlineIfStalled();
        } else {
            listener.sessionFailed(new ConnectionLostException(
                    "the peer took nothing in for " + writeTimeout.toMillis() + " ms", null));
        }
    }

    // ------------------------------------------------------------------ the end

    /** {@return whether all that was queued is written, and nothing is awaited} */
    boolean isQuiet() {
        try {
            return outgoing.isEmpty() && unflushed.isEmpty() && hooks.isQuiet();
        } catch (Throwable e) {
            listener.sessionFailed(e);
            return false;
        }
    }

    /** Tells the protocol what will never be sent, then closes. */
    void close(Throwable cause) {
        closed = true;
        writeDeadline.cancel();
        outgoing.clear().forEach(message -> tell(() -> hooks.unsent(message, cause)));
        CompletableFuture<M> waiting = receiver;
        receiver = null;
        if (waiting != null) {
            waiting.completeExceptionally(cause);
        }
        inbox.clear();
        transport.close();
    }
}
