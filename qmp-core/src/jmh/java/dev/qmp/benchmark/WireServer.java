package dev.qmp.benchmark;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * The server that all benchmarks share, run in a process of its own so that it takes nothing from the heap or the JIT
 * that is measured. It answers every line from prepared bytes and copies the request's id, without reading any JSON.
 *
 * <p>A thread for each peer is quickest, and what measurements of one connection use; for thousands of them one thread
 * serves all by a selector.
 */
public final class WireServer {

    private static final int BACKLOG = 4096;

    private WireServer() {}

    /** Serves the Unix socket named by the first argument until its input ends; the second names the server. */
    public static void main(String[] arguments) throws IOException {
        endWithParent();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(Path.of(arguments[0])), BACKLOG);
            // the file is there before the socket listens, so the client waits for this line
            System.out.println("listening");
            if (arguments[1].equals("selector")) {
                serveBySelector(server);
            } else {
                serveByThreads(server);
            }
        }
    }

    /** A failed benchmark does not end the server, and itself ends only after the output of its child. */
    private static void endWithParent() {
        Thread watcher = new Thread(
                () -> {
                    try {
                        System.in.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException gone) {
                        // so it is over
                    }
                    Runtime.getRuntime().halt(0);
                },
                "wire-server-end");
        watcher.setDaemon(true);
        watcher.start();
    }

    private static void serveByThreads(ServerSocketChannel server) throws IOException {
        while (true) {
            WirePeer peer = new WirePeer(server.accept());
            Thread thread = new Thread(peer::serve, "wire-server");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void serveBySelector(ServerSocketChannel server) throws IOException {
        try (Selector selector = Selector.open()) {
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            ByteBuffer in = WirePeer.buffer();
            ByteBuffer out = WirePeer.buffer();
            while (true) {
                selector.select(key -> {
                    if (key.attachment() instanceof WirePeer peer) {
                        readFrom(peer, key, in, out, selector);
                    } else {
                        accept(server, selector);
                    }
                });
            }
        }
    }

    private static void accept(ServerSocketChannel server, Selector selector) {
        try {
            for (SocketChannel peer = server.accept(); peer != null; peer = server.accept()) {
                WirePeer wire = new WirePeer(peer);
                wire.greet();
                peer.configureBlocking(false);
                peer.register(selector, SelectionKey.OP_READ, wire);
            }
        } catch (IOException gone) {
            // it has hung up already
        }
    }

    private static void readFrom(WirePeer peer, SelectionKey key, ByteBuffer in, ByteBuffer out, Selector selector) {
        if (!peer.readOnce(in, out)) {
            key.cancel();
        }
        if (peer.wantsAllToLeave()) {
            selector.keys().stream()
                    .filter(other -> other.attachment() instanceof WirePeer)
                    .forEach(other -> ((WirePeer) other.attachment()).close());
        }
    }
}
