package dev.qmp.internal.transport;

import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bound and listening socket with a backlog of one, as QEMU's own.
 *
 * @param channel the socket as a channel that is not registered yet
 * @param socket the same socket in Java's type
 * @param endpoint the endpoint on which it listens
 * @param fileKey the key that identifies its file; null if it has none
 */
record ListeningSocket(Channel channel, ServerSocketChannel socket, Endpoint endpoint, @Nullable Object fileKey) {

    private static final int BACKLOG = 1;

    static ListeningSocket bindUnix(Endpoint.Unix unix) throws IOException {
        ServerSocketChannel socket;
        try (SocketPath path = UnixSocketFiles.pathToBind(unix.path())) {
            socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                socket.bind(path.address(), BACKLOG);
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        }
        Object fileKey = UnixSocketFiles.key(unix.path());
        try {
            if (unix.path().getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(unix.path(), PosixFilePermissions.fromString("rw-------"));
            }
        } catch (IOException | RuntimeException e) {
            UnixSocketFiles.remove(unix.path(), fileKey);
            socket.close();
            throw e;
        }
        return new ListeningSocket(new UnixServerChannel(socket), socket, unix, fileKey);
    }

    /** Listens on the first address of a name that can be bound. */
    static ListeningSocket bindTcp(Endpoint.Tcp tcp, List<InetAddress> addresses) throws IOException {
        List<String> failures = new ArrayList<>();
        Exception last = null;
        for (InetAddress address : addresses) {
            try {
                return bindTcp(tcp, address);
            } catch (IOException | UnsupportedAddressTypeException e) { // the latter on a system without IPv6
                failures.add((addresses.size() == 1 ? "" : address.getHostAddress() + ": ") + Text.messageOf(e));
                last = e;
            }
        }
        throw new IOException(String.join("; ", failures), last);
    }

    private static ListeningSocket bindTcp(Endpoint.Tcp tcp, InetAddress address) throws IOException {
        ServerSocketChannel socket = ServerSocketChannel.open();
        try {
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            socket.bind(new InetSocketAddress(address, tcp.port()), BACKLOG);
            int port = ((InetSocketAddress) socket.getLocalAddress()).getPort();
            return new ListeningSocket(
                    new NioServerSocketChannel(socket), socket, Endpoint.tcp(tcp.host(), port), null);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }
}
