package dev.qmp.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * Port: one open byte stream that carries messages. Used on its event loop only.
 *
 * @param <M> the protocol's message
 */
public interface Transport<M> extends AutoCloseable {

    /**
     * Makes room for the next message. It may flush the messages written before.
     *
     * @return whether the system takes this message now, without a queue of bytes that it has not taken yet
     */
    boolean makeRoom(M next);

    /**
     * Encodes a message and queues it for {@link #flush}.
     *
     * @throws IllegalArgumentException if it cannot be encoded or is too long; no byte of it is written then
     */
    void write(M message);

    /** Passes all written messages to the system. {@code done} runs when the system has taken all their bytes. */
    void flush(Runnable done);

    /** {@return the approximate number of bytes that the system has taken so far} It grows while the peer reads. */
    long taken();

    /** {@return the way to write a message from another thread; null if there is none} */
    default @Nullable DirectOutput<M> directOutput() {
        return null;
    }

    /** Closes the transport. {@link TransportListener#closed()} follows unless it was called before. */
    @Override
    void close();
}
