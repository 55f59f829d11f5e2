package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.internal.engine.Binding;
import dev.qmp.internal.engine.SecondPeerLog;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.testing.LineCodec;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/**
 * A socket that was accepted is closed if there is no memory to make a connection of it or to log it, or if its loop
 * has ended.
 */
@Timeout(20)
class AcceptFaultTests {

    private static final Duration SOON = Duration.ofSeconds(10);
    /** In place of an OutOfMemoryError, with which JUnit ends. */
    private static final Class<InternalError> NO_MEMORY = InternalError.class;

    @TempDir
    private Path directory;

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop eventLoop = group.next();
    private final ServerSocketChannel listening;
    private final SocketChannel peer;

    AcceptFaultTests() throws IOException {
        listening = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        peer = SocketChannel.open(listening.getLocalAddress());
    }

    @AfterEach
    void close() throws IOException {
        peer.close();
        listening.close();
        group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    /** A connected channel of which one part has no memory. */
    private static final class PoorChannel extends NioSocketChannel {

        private volatile @Nullable String lacking;

        PoorChannel(SocketChannel socket) {
            super(socket);
        }

        @Override
        public InetSocketAddress remoteAddress() {
            if ("address".equals(lacking)) {
                throw noMemory();
            }
            return super.remoteAddress();
        }

        @Override
        public SocketChannelConfig config() {
            if ("options".equals(lacking)) {
                throw noMemory();
            }
            return super.config();
        }
    }

    /** A listening channel that accepts poor ones. */
    private final class Accepting extends NioServerSocketChannel {

        private final String lacking;
        private final CountDownLatch accepts = new CountDownLatch(1);

        Accepting(String lacking) {
            super(listening);
            this.lacking = lacking;
        }

        @Override
        protected int doReadMessages(List<Object> messages) throws Exception {
            SocketChannel socket = listening.accept();
            if (socket == null) {
                return 0;
            }
            PoorChannel accepted = new PoorChannel(socket);
            accepted.lacking = lacking;
            messages.add(accepted);
            accepts.countDown();
            return 1;
        }
    }

    private static InternalError noMemory() {
        return new InternalError("on purpose");
    }

    private static final Logger BROKEN = (Logger) Proxy.newProxyInstance(
            Logger.class.getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                throw noMemory();
            });

    private Acceptor bind(Accepting channel) {
        Endpoint endpoint = Endpoint.tcp("localhost", 1);
        Binding binding = new Binding();
        NettyAcceptor.bind(
                endpoint,
                new NettyLoop(eventLoop),
                null,
                new SecondPeerLog(BROKEN),
                new OpenOperations(),
                new OpenChannels(),
                () -> new ListeningSocket(channel, listening, endpoint, null),
                binding);
        return binding.acceptor().join();
    }

    private static void assertIsClosed(SocketChannel peer) throws IOException {
        peer.configureBlocking(false);
        Awaitility.await().atMost(SOON).until(() -> peer.read(ByteBuffer.allocate(1)) == -1);
    }

    @Test
    void aUnixSocketWithoutAChannelIsClosed() throws IOException {
        SocketAddress address = UnixDomainSocketAddress.of(directory.resolve("vm.qmp"));
        List<Object> full = new AbstractList<>() {
            @Override
            public void add(int index, Object element) {
                throw noMemory();
            }

            @Override
            public Object get(int index) {
                throw new IndexOutOfBoundsException();
            }

            @Override
            public int size() {
                return 0;
            }
        };
        try (ServerSocketChannel socket =
                        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
                SocketChannel unixPeer = SocketChannel.open(address)) {
            UnixServerChannel channel = new UnixServerChannel(socket);
            assertThatExceptionOfType(NO_MEMORY).isThrownBy(() -> channel.doReadMessages(full));
            assertIsClosed(unixPeer);
        }
    }

    @Test
    void aChannelWithoutAConnectionIsClosedAndFailsTheAccept() throws IOException {
        CompletableFuture<Connection> accepted = bind(new Accepting("address")).accept();

        assertThat(accepted)
                .failsWithin(SOON)
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(NO_MEMORY);
        assertIsClosed(peer);
    }

    @Test
    void aSecondPeerThatCannotBeLoggedIsClosed() throws Exception {
        Accepting channel = new Accepting("nothing");
        Acceptor acceptor = bind(channel);
        eventLoop.submit(() -> acceptor.accept().cancel(false)).get(); // before the loop handles it
        channel.accepts.await();
        eventLoop.submit(() -> {}).get(); // the turn that accepts the peer is over

        acceptor.close();

        assertIsClosed(peer);
    }

    @Test
    void aConnectionWhoseOptionsCannotBeSetIsClosed() throws IOException {
        PoorChannel channel = new PoorChannel(listening.accept());
        channel.lacking = "options";

        assertThat(dialer().take(ReadyConnection.accepted(channel, "peer", null)))
                .failsWithin(SOON)
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(NO_MEMORY);
        assertIsClosed(peer);
    }

    private Dialer<String> dialer() {
        return new Dialer<>(
                new NettyLoop(eventLoop),
                new OpenChannels(),
                new LookUps(NameService.PLATFORM, Runnable::run),
                new SocketFiles(Runnable::run),
                ProtocolOptions.builder("vm1").build(),
                new LineCodec(),
                new HeardMessages<>());
    }

    @Test
    void aConnectionOfALoopThatHasEndedIsClosed() throws IOException {
        PoorChannel channel = new PoorChannel(listening.accept());
        eventLoop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();

        assertThat(dialer().take(ReadyConnection.accepted(channel, "peer", null)))
                .failsWithin(SOON)
                .withThrowableThat()
                .withMessageContaining("the event loops are closed");
        assertIsClosed(peer);
    }

    @Test
    void aDialOnALoopThatHasEndedFails() throws IOException {
        Endpoint server =
                Endpoint.parse("tcp:127.0.0.1:" + ((InetSocketAddress) listening.getLocalAddress()).getPort());
        eventLoop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();

        assertThat(dialer().dial(server))
                .failsWithin(SOON)
                .withThrowableThat()
                .withMessageContaining("the event loops are closed");
    }
}
