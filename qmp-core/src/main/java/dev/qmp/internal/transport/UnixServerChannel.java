package dev.qmp.internal.transport;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.AbstractNioMessageChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bound Unix socket as a channel. Netty's own channel deletes the file at the socket's path at its close, even if the
 * file belongs to another socket by then. With this channel, the owner of the socket deletes the file.
 */
final class UnixServerChannel extends AbstractNioMessageChannel implements ServerChannel {

    private static final ChannelMetadata METADATA = new ChannelMetadata(false);

    private final ServerSocketChannel socket;
    private final ChannelConfig config = new DefaultChannelConfig(this);

    UnixServerChannel(ServerSocketChannel socket) {
        super(null, socket, SelectionKey.OP_ACCEPT);
        this.socket = socket;
    }

    @Override
    protected int doReadMessages(List<Object> messages) throws IOException {
        SocketChannel peer = socket.accept();
        if (peer == null) {
            return 0;
        }
        try {
            messages.add(new NioDomainSocketChannel(this, peer));
        } catch (Throwable e) { // such as OutOfMemoryError: nothing else closes the socket
            peer.close();
            throw e;
        }
        return 1;
    }

    @Override
    protected void doClose() throws IOException {
        socket.close();
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public boolean isActive() {
        return isOpen(); // it was bound before its creation
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        try {
            return socket.getLocalAddress();
        } catch (IOException e) {
            return null; // closed
        }
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return null;
    }

    // ------------------------------------------------------------------ what a server's channel does not do

    @Override
    protected void doBind(SocketAddress localAddress) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected boolean doConnect(SocketAddress remoteAddress, SocketAddress localAddress) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doFinishConnect() {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doDisconnect() {
        throw new UnsupportedOperationException();
    }

    @Override
    protected boolean doWriteMessage(Object message, ChannelOutboundBuffer buffer) {
        throw new UnsupportedOperationException();
    }
}
