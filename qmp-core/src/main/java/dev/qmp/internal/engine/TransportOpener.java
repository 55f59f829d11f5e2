package dev.qmp.internal.engine;

import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import java.util.concurrent.CompletableFuture;

/**
 * Opens the transports of one engine: on its loop, with its options, for its messages.
 *
 * @param <M> the protocol's message
 */
final class TransportOpener<M> {

    private final EngineContext<M> context;
    private final Transports transports;
    private final MessageCodec<M> codec;

    TransportOpener(EngineContext<M> context, Transports transports, MessageCodec<M> codec) {
        this.context = context;
        this.transports = transports;
        this.codec = codec;
    }

    CompletableFuture<Transport<M>> dial(Endpoint endpoint, TransportListener<M> listener) {
        return transports.dial(endpoint, context.loop(), context.options(), codec, listener);
    }

    CompletableFuture<Transport<M>> take(Connection connection, TransportListener<M> listener) {
        return transports.take(connection, context.loop(), context.options(), codec, listener);
    }

    Binding bind(Endpoint endpoint) {
        return transports.bind(endpoint, context.options().tls(), context.logger());
    }
}
