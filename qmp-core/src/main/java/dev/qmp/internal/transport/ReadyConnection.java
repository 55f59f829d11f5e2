package dev.qmp.internal.transport;

import dev.qmp.protocol.Connection;
import dev.qmp.protocol.TlsOptions;
import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A connected channel that is not registered with any loop yet. */
final class ReadyConnection implements Connection {

    private final Channel channel;
    private final String peer;
    private final boolean accepted;
    private final @Nullable TlsOptions tls;
    private final AtomicBoolean taken = new AtomicBoolean();

    ReadyConnection(Channel channel, String peer, boolean accepted, @Nullable TlsOptions tls) {
        this.channel = channel;
        this.peer = peer;
        this.accepted = accepted;
        this.tls = tls;
    }

    static ReadyConnection adopt(SocketChannel socket) {
        try {
            if (!socket.isConnected()) {
                throw new IllegalArgumentException("the channel is not connected");
            }
            boolean unix = socket.getRemoteAddress() instanceof UnixDomainSocketAddress;
            String peer = String.valueOf(socket.getRemoteAddress());
            Channel channel = unix ? new NioDomainSocketChannel(null, socket) : new NioSocketChannel(null, socket);
            return new ReadyConnection(channel, peer, false, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return whether the peer dialled us, so that we are the TLS server} */
    boolean isAccepted() {
        return accepted;
    }

    /** {@return how the acceptor was told to serve TLS} */
    @Nullable
    TlsOptions tls() {
        return tls;
    }

    /** {@return the channel, for the one protocol that takes it} */
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
