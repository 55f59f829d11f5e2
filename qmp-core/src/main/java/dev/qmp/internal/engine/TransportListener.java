package dev.qmp.internal.engine;

/**
 * Port: the notifications of a transport, on the event loop. {@link #closed()} is called exactly once, and last.
 *
 * @param <M> the protocol's message
 */
public interface TransportListener<M> {

    /** The connection is open, and the TLS handshake begins. */
    void securing();

    /**
     * Bytes arrived. The messages that they complete follow.
     *
     * @param count the number of bytes of messages; 0 for bytes of a TLS record, which are reported again without TLS
     */
    void arrived(int count);

    /** A whole message arrived. */
    void received(M message);

    /** The result of {@link Transport#makeRoom} may have changed. */
    void writabilityChanged();

    /** The stream failed and cannot be used any more. Further calls may follow; the first one has the reason. */
    void failed(Throwable cause);

    /**
     * The stream is closed, by the peer unless this side closed it. All messages that had arrived were reported before.
     */
    void closed();
}
