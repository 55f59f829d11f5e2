package dev.qmp.internal.transport;

import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.TlsOptions;
import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A connected channel that is not registered with a loop yet. */
final class ReadyConnection implements Connection {

    private final Channel channel;
    private final String peer;
    private final boolean accepted;
    private final Endpoint.@Nullable Tcp server;
    private final @Nullable TlsOptions tls;
    private final AtomicBoolean taken = new AtomicBoolean();

    private ReadyConnection(
            Channel channel, String peer, boolean accepted, Endpoint.@Nullable Tcp server, @Nullable TlsOptions tls) {
        this.channel = channel;
        this.peer = peer;
        this.accepted = accepted;
        this.server = server;
        this.tls = tls;
    }

    static ReadyConnection accepted(Channel channel, String peer, @Nullable TlsOptions tls) {
        return new ReadyConnection(channel, peer, true, null, tls);
    }

    static ReadyConnection adopt(SocketChannel socket) {
        try {
            if (!socket.isConnected()) {
                throw new IllegalArgumentException("the channel is not connected");
            }
            SocketAddress peer = socket.getRemoteAddress();
            if (peer instanceof InetSocketAddress address) {
                Endpoint.Tcp server = Endpoint.tcp(address.getHostString(), address.getPort());
                return new ReadyConnection(
                        new NioSocketChannel(null, socket), String.valueOf(peer), false, server, null);
            }
            return new ReadyConnection(
                    new NioDomainSocketChannel(null, socket), String.valueOf(peer), false, null, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return whether the peer dialled this side, which is then the TLS server} */
    boolean isAccepted() {
        return accepted;
    }

    /** {@return the server that was dialled, by its name if there was one; null for a Unix socket} */
    Endpoint.@Nullable Tcp server() {
        return server;
    }

    /** {@return the TLS options of the acceptor} */
    @Nullable
    TlsOptions tls() {
        return tls;
    }

    /**
     * {@return the channel, for one protocol}
     *
     * @throws IllegalStateException if it was taken or closed before
     */
    Channel take() {
        if (!taken.compareAndSet(false, true)) {
            throw new IllegalStateException("the connection from " + peer + " was taken or closed before");
        }
        return channel;
    }

    @Override
    public String peer() {
        return peer;
    }

    @Override
    public void close() {
        if (taken.compareAndSet(false, true)) {
            channel.unsafe().closeForcibly();
        }
    }

    @Override
    public String toString() {
        return "Connection[" + peer + "]";
    }
}
