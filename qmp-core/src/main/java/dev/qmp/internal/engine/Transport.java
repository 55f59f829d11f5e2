package dev.qmp.internal.engine;

/**
 * Port: one open byte stream that carries messages. Used on its event loop only.
 *
 * @param <M> the protocol's message
 */
public interface Transport<M> extends AutoCloseable {

    /** {@return whether the system takes this message now, without piling up what it has not yet taken} */
    boolean isWritable(M next);

    /**
     * Encodes a message and puts it in line for {@link #flush}.
     *
     * @throws IllegalArgumentException if it cannot be expressed or is too long; nothing of it is written then
     */
    void write(M message);

    /** Hands all that was written to the system; {@code done} runs when the system has taken every byte of it. */
    void flush(Runnable done);

    /**
     * {@return how many bytes the system has taken so far, roughly; it grows as long as the peer takes something in}
     */
    long taken();

    /** Closes; {@link TransportListener#closed()} follows, if it has not come before. */
    @Override
    void close();

    /** {@return who is at the other end, for people} */
    String peer();
}
