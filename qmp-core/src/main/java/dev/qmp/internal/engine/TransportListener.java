package dev.qmp.internal.engine;

/**
 * Port: what a transport tells, on the event loop. {@link #closed()} comes exactly once and last.
 *
 * @param <M> the protocol's message
 */
public interface TransportListener<M> {

    /** The peer is reached, TLS comes next. */
    void securing();

    /** Bytes arrived; the messages that they complete follow. */
    void arrived();

    /** A whole message arrived. */
    void received(M message);

    /** {@link Transport#isWritable()} changed. */
    void writabilityChanged();

    /** The stream can be used no more; more such calls may follow, the first says why. */
    void failed(Throwable cause);

    /** The stream is closed: by the peer if nobody here did. All that had arrived was told before. */
    void closed();
}
