package dev.qmp.internal.engine;

/**
 * Port: passes one message to the system from a thread that is not the event loop. One thread at a time uses it, and
 * only while the system has taken everything that the {@link Transport} has written.
 *
 * @param <M> the protocol's message
 */
public interface DirectOutput<M> {

    /**
     * Encodes a message.
     *
     * @throws IllegalArgumentException if it cannot be encoded, or is too long for this way
     */
    void encode(M message);

    /** {@return whether the system has taken all bytes} Otherwise the loop calls {@link #writeRest}. */
    boolean write();

    /** Queues the bytes that the system has not taken for {@link Transport#flush}, or reports the failure. */
    void writeRest();
}
