package dev.qmp.testing;

import dev.qmp.protocol.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Stands between a client and a monitor, and cuts the connection after a given number of bytes. */
public final class CuttingProxy implements AutoCloseable {

    private final Path folder;
    private final Path target;
    private final ServerSocketChannel listening;
    private final AtomicInteger pumping = new AtomicInteger();
    private volatile boolean towardsServer;
    private volatile int cutAfter = Integer.MAX_VALUE;

    private CuttingProxy(Path folder, Path target, ServerSocketChannel listening) {
        this.folder = folder;
        this.target = target;
        this.listening = listening;
    }

    /** {@return a proxy in front of a Unix socket} */
    public static CuttingProxy to(Path target) {
        try {
            Path folder = Files.createTempDirectory("qmp");
            ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listening.bind(UnixDomainSocketAddress.of(folder.resolve("p")));
            CuttingProxy proxy = new CuttingProxy(folder, target, listening);
            proxy.spawn(proxy::acceptAll);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return where it listens} */
    public Endpoint endpoint() {
        return Endpoint.unix(folder.resolve("p"));
    }

    /** Has the next connection cut once so many bytes have passed in one direction. */
    public void cutNextAfter(boolean towardsServer, int bytes) {
        this.towardsServer = towardsServer;
        this.cutAfter = bytes;
    }

    /** Waits until nothing passes any more, in any connection. */
    public void awaitQuiet() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> pumping.get() == 0);
    }

    private void spawn(Runnable task) {
        Thread thread = new Thread(task, "cutting-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void acceptAll() {
        while (listening.isOpen()) {
            SocketChannel client = null;
            try {
                client = listening.accept();
                SocketChannel server = connect();
                pumping.addAndGet(2);
                SocketChannel accepted = client;
                spawn(() -> pump(accepted, server, towardsServer ? cutAfter : Integer.MAX_VALUE));
                spawn(() -> pump(server, accepted, towardsServer ? Integer.MAX_VALUE : cutAfter));
            } catch (IOException e) {
                hangUp(client); // closed, or the monitor is gone
            }
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel server = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.connect(UnixDomainSocketAddress.of(target));
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private static void hangUp(@Nullable SocketChannel client) {
        try {
            if (client != null) {
                client.close();
            }
        } catch (IOException e) {
            // so it is gone
        }
    }

    private void pump(SocketChannel from, SocketChannel to, int allowed) {
        try (from;
                to) {
            int left = allowed;
            while (left > 0) {
                ByteBuffer buffer = ByteBuffer.allocate(Math.min(left, 8192));
                int count = from.read(buffer);
                if (count < 0) {
                    return;
                }
                left -= count;
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
            }
        } catch (IOException e) {
            // the other direction was cut
        } finally {
            pumping.decrementAndGet();
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            Files.deleteIfExists(folder.resolve("p"));
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
