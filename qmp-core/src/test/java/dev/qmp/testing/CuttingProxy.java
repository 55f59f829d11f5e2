package dev.qmp.testing;

import dev.qmp.protocol.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Stands between a client and a monitor, and cuts the connection after a given number of bytes, or does worse. */
public final class CuttingProxy implements AutoCloseable {

    /** What happens to a connection. */
    public enum Fault {
        /** Both sides see the end of the stream. */
        CUT,
        /** The client sees a reset, if it came over TCP. */
        RESET,
        /** Further bytes in that direction are dropped, without a notice. */
        STALL,
        /** Each byte is written by itself until the cut. */
        FRAGMENTS
    }

    private static final int PIECE = 8192;

    private final Path folder;
    private final Path target;
    private final ServerSocketChannel listening;
    private final AtomicInteger pumping = new AtomicInteger();
    private final AtomicInteger towardsServerPassed = new AtomicInteger();
    private final AtomicInteger towardsClientPassed = new AtomicInteger();
    private volatile Fault fault = Fault.CUT;
    private volatile boolean towardsServer;
    private volatile int cutAfter = Integer.MAX_VALUE;
    private volatile @Nullable SocketChannel lastServer;

    private CuttingProxy(Path folder, Path target, ServerSocketChannel listening) {
        this.folder = folder;
        this.target = target;
        this.listening = listening;
        spawn(this::acceptAll);
    }

    /** {@return a proxy in front of a Unix socket} */
    public static CuttingProxy to(Path target) {
        try {
            Path folder = Files.createTempDirectory("qmp");
            ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listening.bind(UnixDomainSocketAddress.of(folder.resolve("p")));
            return new CuttingProxy(folder, target, listening);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return a proxy in front of a Unix socket that is reached over TCP, where there are resets} */
    public static CuttingProxy overTcp(Path target) {
        try {
            Path folder = Files.createTempDirectory("qmp");
            ServerSocketChannel listening = ServerSocketChannel.open();
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return new CuttingProxy(folder, target, listening);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return where it listens} */
    public Endpoint endpoint() {
        try {
            return listening.getLocalAddress() instanceof InetSocketAddress tcp
                    ? Endpoint.tcp("127.0.0.1", tcp.getPort())
                    : Endpoint.unix(folder.resolve("p"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has the next connection cut once so many bytes have passed in one direction. */
    public void cutNextAfter(boolean towardsServer, int bytes) {
        hurtNextAfter(Fault.CUT, towardsServer, bytes);
    }

    /** Has a fault happen to the next connection once so many bytes have passed in one direction. */
    public void hurtNextAfter(Fault fault, boolean towardsServer, int bytes) {
        this.fault = fault;
        this.towardsServer = towardsServer;
        this.cutAfter = bytes;
    }

    /** Cuts the connection that came last. */
    public void cut() {
        hangUp(lastServer);
    }

    /** {@return how many bytes of the connection that came last have passed in one direction} */
    public int passed(boolean towardsServer) {
        return (towardsServer ? towardsServerPassed : towardsClientPassed).get();
    }

    /** Sends bytes to the server in the name of the last client. */
    public void forge(String text) {
        SocketChannel server = lastServer;
        if (server == null) {
            throw new IllegalStateException("no client has come");
        }
        try {
            writeAll(server, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
                lastServer = server;
                pumping.addAndGet(2);
                towardsServerPassed.set(0);
                towardsClientPassed.set(0);
                SocketChannel accepted = client;
                Fault how = fault;
                boolean upwards = towardsServer;
                int bytes = cutAfter;
                spawn(() -> pump(
                        accepted, server, how, upwards ? bytes : Integer.MAX_VALUE, accepted, towardsServerPassed));
                spawn(() -> pump(
                        server, accepted, how, upwards ? Integer.MAX_VALUE : bytes, accepted, towardsClientPassed));
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

    private void pump(
            SocketChannel from, SocketChannel to, Fault how, int allowed, SocketChannel client, AtomicInteger passed) {
        try (from;
                to) {
            int piece = how == Fault.FRAGMENTS ? 1 : PIECE;
            int left = allowed;
            while (left > 0) {
                ByteBuffer buffer = ByteBuffer.allocate(Math.min(left, piece));
                int count = from.read(buffer);
                if (count < 0) {
                    return;
                }
                left -= count;
                passed.addAndGet(count);
                writeAll(to, buffer.flip());
            }
            if (how == Fault.STALL) {
                swallow(from);
            } else if (how == Fault.RESET) {
                client.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException e) {
            // the other direction was cut
        } finally {
            pumping.decrementAndGet();
        }
    }

    private static void writeAll(SocketChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    private static void swallow(SocketChannel from) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(PIECE);
        while (from.read(buffer.clear()) >= 0) {
            // without a notice
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
