package dev.qmp.internal.engine;

import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.TlsOptions;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Port: creates event loops and transports. */
public interface Transports {

    /**
     * {@return event loops of the application as this port}
     *
     * @throws IllegalArgumentException if a class of the application implements them
     */
    static Transports of(EventLoops eventLoops) {
        if (eventLoops instanceof Transports transports) {
            return transports;
        }
        throw new IllegalArgumentException("event loops are made by EventLoops.create or EventLoops.shared, not by "
                + eventLoops.getClass().getName());
    }

    /** {@return whether the event loops are closed} Then no attempt can begin, and no scheduled task will run. */
    boolean isClosed();

    /** {@return the event loop of one more connection} */
    Loop nextLoop(ProtocolOptions options);

    /**
     * Dials an endpoint.
     *
     * @return completes on the loop with an open transport, which starts to read afterwards; fails with a {@link
     *     dev.qmp.protocol.QmpConnectException}; cancelling it closes what was opened
     */
    <M> CompletableFuture<Transport<M>> dial(
            Endpoint endpoint,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener);

    /** {@return whether {@link #take} accepts a connection} It does not if a class of the application implements it. */
    boolean isOwn(Connection connection);

    /** Creates a transport on an open connection; otherwise as {@link #dial}. */
    <M> CompletableFuture<Transport<M>> take(
            Connection connection,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener);

    /**
     * Binds and listens.
     *
     * @param log logs peers that are not accepted
     */
    Binding bind(Endpoint endpoint, @Nullable TlsOptions tls, SecondPeerLog log);
}
