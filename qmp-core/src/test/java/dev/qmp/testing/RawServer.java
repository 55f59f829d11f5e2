package dev.qmp.testing;

import dev.qmp.protocol.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A listening socket without any protocol, for peers that misbehave. */
public final class RawServer implements AutoCloseable {

    private final ServerSocketChannel server;
    private final Endpoint endpoint;

    private RawServer(ServerSocketChannel server, Endpoint endpoint) {
        this.server = server;
        this.endpoint = endpoint;
    }

    /** {@return a server on a Unix socket} */
    public static RawServer unix(Path path) {
        try {
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(path), 1);
            return new RawServer(server, Endpoint.unix(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return a server on a port of loopback} */
    public static RawServer tcp() {
        return tcp("127.0.0.1", 0);
    }

    /** {@return a server on a port of an address} */
    public static RawServer tcp(String host, int port) {
        try {
            ServerSocketChannel server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(host, port), 1);
            int real = ((InetSocketAddress) server.getLocalAddress()).getPort();
            return new RawServer(server, Endpoint.tcp(host, real));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return where it listens} */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** {@return the port it listens on} */
    public int port() {
        return ((Endpoint.Tcp) endpoint).port();
    }

    /** {@return the next peer, once it has come} */
    public RawPeer accept() {
        try {
            return new RawPeer(server.accept());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return a peer that dials an endpoint} */
    public static RawPeer dial(Endpoint endpoint) throws IOException {
        return new RawPeer(SocketChannel.open(
                endpoint instanceof Endpoint.Unix unix
                        ? UnixDomainSocketAddress.of(unix.path())
                        : new InetSocketAddress(((Endpoint.Tcp) endpoint).host(), ((Endpoint.Tcp) endpoint).port())));
    }

    /**
     * {@return a peer that dials a Unix socket, now or never}
     *
     * @throws IOException also if the backlog is full, which would keep others waiting
     */
    public static RawPeer dialAtOnce(Endpoint.Unix unix) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(unix.path()));
            channel.configureBlocking(true);
            return new RawPeer(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
