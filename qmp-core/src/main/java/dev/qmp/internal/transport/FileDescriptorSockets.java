package dev.qmp.internal.transport;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.AttributeKey;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import org.newsclub.net.unix.AFUNIXSelectorProvider;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;

/**
 * Unix sockets that can carry file descriptors, by junixsocket: its channels are Java's, so that Netty's pipeline and
 * loops serve them, on junixsocket's selector. Java's own sockets cannot, and Netty's send a descriptor with a zero byte of
 * its own, which QEMU takes for a syntax error.
 */
final class FileDescriptorSockets {

    /** Where junixsocket's channel is found again from Netty's. */
    private static final AttributeKey<AFUNIXSocketChannel> SOCKET =
            AttributeKey.valueOf(FileDescriptorSockets.class, "socket");

    private FileDescriptorSockets() {}

    static IoHandlerFactory ioHandler() {
        return NioIoHandler.newFactory(AFUNIXSelectorProvider.provider());
    }

    static Channel newChannel() {
        try {
            AFUNIXSocketChannel socket = AFUNIXSocketChannel.open();
            Channel channel = new NioDomainSocketChannel(null, socket);
            channel.attr(SOCKET).set(socket);
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static SocketAddress address(Path path) {
        try {
            return AFUNIXSocketAddress.of(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has the next bytes of the channel carry a descriptor; the channel must have none under way. */
    static void attach(Channel channel, FileDescriptor descriptor) {
        AFUNIXSocketChannel socket = channel.attr(SOCKET).get();
        if (socket == null) {
            throw new IllegalArgumentException(
                    "a file descriptor needs a Unix socket, and a client built with fileDescriptors(true)");
        }
        if (!descriptor.valid()) {
            throw new IllegalArgumentException("its file descriptor is closed");
        }
        try {
            socket.setOutboundFileDescriptors(descriptor);
        } catch (IOException e) {
            throw new IllegalArgumentException("its file descriptor cannot be sent: " + e.getMessage(), e);
        }
    }

    static QmpConnectException unixOnly(Endpoint endpoint) {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT,
                false,
                "cannot connect to " + endpoint + ": file descriptors need a Unix socket",
                null);
    }

    static QmpConnectException dialOnly() {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT, false, "file descriptors can be sent only on a socket that we dial", null);
    }
}
