package dev.qmp.internal.transport;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.TlsOptions;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Adds TLS to a connection, on either side, and names the reason of a failure. */
final class TlsHandshake {

    private static final long CLOSE_NOTIFY_MILLIS = 1000;

    private TlsHandshake() {}

    /** Prepares one side of a handshake. It may block, because the application's code supplies the context. */
    static SSLEngine engine(TlsOptions tls, boolean asServer, Endpoint.@Nullable Tcp server) {
        SSLEngine engine = server == null
                ? tls.context().get().createSSLEngine()
                : tls.context().get().createSSLEngine(server.host(), server.port());
        engine.setUseClientMode(!asServer);
        SSLParameters parameters = engine.getSSLParameters();
        if (!tls.protocols().isEmpty()) {
            parameters.setProtocols(tls.protocols().toArray(String[]::new));
        }
        if (!tls.cipherSuites().isEmpty()) {
            parameters.setCipherSuites(tls.cipherSuites().toArray(String[]::new));
        }
        if (asServer) {
            parameters.setNeedClientAuth(tls.requireClientCertificate());
        } else if (tls.verifyHostname() && server != null) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    /**
     * Begins a handshake, whose time the caller limits. The code of the application that it needs, such as a trust
     * manager, runs on other threads.
     *
     * @param arrived called for all bytes that arrive, also later, and also for an incomplete TLS record
     * @param done receives the outcome: null after a successful handshake
     */
    static void start(
            Channel channel, SSLEngine engine, Runnable arrived, Consumer<@Nullable QmpConnectException> done) {
        start(channel, new TlsEngine(engine, BlockingWork.HANDSHAKES), arrived, done);
    }

    static void start(
            Channel channel, TlsEngine engine, Runnable arrived, Consumer<@Nullable QmpConnectException> done) {
        TaskingSslHandler handler = new TaskingSslHandler(engine, arrived);
        handler.setHandshakeTimeoutMillis(0); // its timer would fire after a pause, before the answer is read
        handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS);
        channel.pipeline().addFirst("tls-reads", handler.reads).addAfter("tls-reads", "tls", handler);
        channel.read();
        handler.handshakeFuture().addListener(handshake -> {
            Throwable cause = handshake.cause();
            done.accept(cause == null ? null : TlsFailures.handshake(cause));
        });
    }

    /**
     * Reports bytes before they are decrypted, because a part of a TLS record is a sign of life, too. Runs the tasks of
     * the engine on other threads. Until they end, nothing is read, and the bytes that have arrived are kept in their
     * order. These are less than one TLS record and one read of the channel, together less than 130 KiB.
     */
    private static final class TaskingSslHandler extends SslHandler {

        private final TlsEngine engine;
        private final Runnable arrived;
        private final Reads reads = new Reads();
        /** Whether automatic reading is off until a task has ended, as in a renegotiation. */
        private boolean paused;
        /** Whether nothing may be read until Netty has decrypted the bytes kept. */
        private boolean keeping;

        TaskingSslHandler(TlsEngine engine, Runnable arrived) {
            super(engine, engine::execute);
            this.engine = engine;
            this.arrived = arrived;
        }

        /** Handles bytes. After a task, Netty calls it without bytes, to decrypt those that are kept. */
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (message != Unpooled.EMPTY_BUFFER) {
                arrived.run();
            }
            super.channelRead(context, message);
            keeping = !engine.isReady();
            ChannelConfig config = context.channel().config();
            if (keeping && config.isAutoRead()) {
                paused = true;
                config.setAutoRead(false);
            } else if (paused && !keeping) {
                paused = false;
                config.setAutoRead(true);
            }
            reads.resume();
        }

        /** Closes the channel. While a task runs, TLS cannot end first, because Netty would wait for the task. */
        @Override
        public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
            if (engine.isReady()) {
                super.close(context, promise);
            } else {
                context.close(promise);
            }
        }

        /** Ignores the failure of a task that ends after its channel, because the attempt has failed before. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
            if (!context.isRemoved()) {
                super.exceptionCaught(context, cause);
            }
        }

        /**
         * Delays the reads that Netty asks for while a task runs, and before it continues with the bytes kept after the
         * task. Otherwise, the peer could add a read to these bytes with each record, or its end could overtake them.
         */
        private final class Reads extends ChannelOutboundHandlerAdapter {

            private @Nullable ChannelHandlerContext delayed;

            @Override
            public void read(ChannelHandlerContext context) {
                delayed = context;
                resume();
            }

            private void resume() {
                ChannelHandlerContext next = delayed;
                if (next != null && !keeping && engine.isReady()) {
                    delayed = null;
                    next.read();
                }
            }
        }
    }
}
