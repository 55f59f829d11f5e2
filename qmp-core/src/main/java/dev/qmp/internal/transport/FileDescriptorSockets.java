package dev.qmp.internal.transport;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.newsclub.net.unix.AFUNIXSelectorProvider;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;

/**
 * Unix sockets that can carry file descriptors, by junixsocket. Its channels are Java channels, so Netty's pipeline and
 * loops serve them, on junixsocket's selector. Java's own sockets cannot carry descriptors. Netty's sockets send a
 * descriptor with an extra zero byte, which QEMU treats as a syntax error.
 */
final class FileDescriptorSockets {

    private FileDescriptorSockets() {}

    static IoHandlerFactory ioHandler() {
        return NioIoHandler.newFactory(AFUNIXSelectorProvider.provider());
    }

    static Channel newChannel() {
        try {
            AFUNIXSocketChannel socket = AFUNIXSocketChannel.open();
            Channel channel = new NioDomainSocketChannel(null, socket);
            channel.pipeline().addLast(new StreamEnd(socket));
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

    static SocketAddress address(Endpoint.Abstract named) {
        try {
            return AFUNIXSocketAddress.of(("\0" + named.name()).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
