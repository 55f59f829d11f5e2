package dev.qmp.internal.transport;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.TlsOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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
     * Begins a handshake.
     *
     * @param arrived called for all bytes that arrive, also later, and also for an incomplete TLS record
     * @param done receives the outcome: null after a successful handshake
     */
    static void start(
            Channel channel,
            SSLEngine engine,
            Duration timeout,
            Runnable arrived,
            Consumer<@Nullable QmpConnectException> done) {
        SslHandler handler = new ReportingSslHandler(engine, arrived);
        handler.setHandshakeTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS);
        channel.pipeline().addFirst("tls", handler);
        channel.read();
        handler.handshakeFuture().addListener(handshake -> {
            Throwable cause = handshake.cause();
            done.accept(cause == null ? null : TlsFailures.handshake(cause));
        });
    }

    /** Reports bytes before they are decrypted, because a part of a TLS record is a sign of life, too. */
    private static final class ReportingSslHandler extends SslHandler {

        private final Runnable arrived;

        ReportingSslHandler(SSLEngine engine, Runnable arrived) {
            super(engine);
            this.arrived = arrived;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            arrived.run();
            super.channelRead(context, message);
        }
    }
}
