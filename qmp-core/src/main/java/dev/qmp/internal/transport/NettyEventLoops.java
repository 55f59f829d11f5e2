package dev.qmp.internal.transport;

import dev.qmp.error.Checks;
import dev.qmp.internal.engine.Binding;
import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.SecondPeerLog;
import dev.qmp.internal.engine.Transport;
import dev.qmp.internal.engine.TransportListener;
import dev.qmp.internal.engine.Transports;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.TlsOptions;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Event loops on Java's own selectors, for Unix sockets and TCP, without a native library. */
public final class NettyEventLoops implements EventLoops, Transports {

    /** More than any machine needs, and far fewer than would exhaust its memory. */
    private static final int MAX_THREADS = 1024;

    private static final int SHARED_THREADS = 2;

    private final LoopGroup plain;
    /** The loops of sockets that carry file descriptors, which need a selector of their own. */
    private final LoopGroup withFileDescriptors;

    private final LookUps names;
    private final SocketFiles socketFiles;
    private final boolean isShared;
    private final OpenOperations operations = new OpenOperations();
    private final OpenChannels channels = new OpenChannels();

    NettyEventLoops(int threads, NameService names, boolean isShared) {
        this(threads, names, isShared, () -> NioIoHandler.newFactory()); // a method reference would load the class
    }

    NettyEventLoops(int threads, NameService names, boolean isShared, Supplier<IoHandlerFactory> selectors) {
        this(threads, names, new SocketFiles(BlockingWork.SOCKET_FILES), isShared, selectors);
    }

    NettyEventLoops(
            int threads,
            NameService names,
            SocketFiles socketFiles,
            boolean isShared,
            Supplier<IoHandlerFactory> selectors) {
        this.plain = new LoopGroup(threads, selectors);
        this.withFileDescriptors = new LoopGroup(threads, () -> FileDescriptorSockets.ioHandler());
        this.names = new LookUps(names, BlockingWork.LOOK_UPS);
        this.socketFiles = socketFiles;
        this.isShared = isShared;
    }

    /** Created at its first use. */
    private static final class Shared {
        private static final NettyEventLoops INSTANCE = new NettyEventLoops(SHARED_THREADS, NameService.PLATFORM, true);
    }

    /** {@return the default loops, which all connections without loops of their own share} */
    public static NettyEventLoops shared() {
        return Shared.INSTANCE;
    }

    /** {@return whether the thread is an event loop, or runs a task in place of one} */
    public static boolean isEventLoop(Thread thread) {
        return NettyLoop.isLoop(thread);
    }

    /** {@return new loops} */
    public static NettyEventLoops create(int threads) {
        Checks.positive("threads", threads);
        if (threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads must be at most " + MAX_THREADS + ", not " + threads);
        }
        return new NettyEventLoops(threads, NameService.PLATFORM, false);
    }

    /**
     * Checks that file descriptors can be sent.
     *
     * @throws IllegalStateException if the library for it is missing
     */
    public static void requireFileDescriptors() {
        FileDescriptorLibrary.require();
    }

    @Override
    public boolean isClosed() {
        return operations.isClosed();
    }

    @Override
    public Loop nextLoop(ProtocolOptions options) {
        return (options.fileDescriptors() ? withFileDescriptors : plain).inTurn();
    }

    @Override
    public <M> CompletableFuture<Transport<M>> dial(
            Endpoint endpoint,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        return operations.isClosed()
                ? CompletableFuture.failedFuture(OpenOperations.loopsClosed())
                : operations.add(dialer(loop, options, codec, listener).dial(endpoint));
    }

    @Override
    public boolean isOwn(Connection connection) {
        return connection instanceof ReadyConnection;
    }

    @Override
    public <M> CompletableFuture<Transport<M>> take(
            Connection connection,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        if (operations.isClosed()) {
            connection.close();
            return CompletableFuture.failedFuture(OpenOperations.loopsClosed());
        }
        return operations.add(dialer(loop, options, codec, listener).take((ReadyConnection) connection));
    }

    private <M> Dialer<M> dialer(
            Loop loop, ProtocolOptions options, MessageCodec<M> codec, TransportListener<M> listener) {
        return new Dialer<>((NettyLoop) loop, channels, names, socketFiles, options, codec, listener);
    }

    @Override
    public Binding bind(Endpoint endpoint, @Nullable TlsOptions tls, SecondPeerLog log) {
        Binding binding = new Binding();
        CompletableFuture<Void> gone =
                operations.add(binding.gone(), () -> binding.gone().complete(null));
        CompletableFuture<Acceptor> result = operations.add(binding.acceptor());
        if (result.isDone()) {
            return binding;
        }
        NettyLoop loop = plain.inTurn();
        if (endpoint instanceof Endpoint.Unix unix) {
            NettyAcceptor.bind(
                    unix, loop, null, log, operations, channels, () -> ListeningSocket.bindUnix(unix), binding);
        } else if (endpoint instanceof Endpoint.Abstract) {
            gone.complete(null);
            result.completeExceptionally(UnixSocketFiles.cannotListen(endpoint));
        } else if (endpoint instanceof Endpoint.Tcp tcp) {
            CompletableFuture<List<InetAddress>> found = names.find(tcp.host());
            result.whenComplete((bound, failure) -> found.cancel(false));
            found.whenComplete((addresses, failure) -> {
                if (failure != null) {
                    gone.complete(null);
                    result.completeExceptionally(ConnectFailures.listening(tcp, failure));
                } else {
                    NettyAcceptor.bind(
                            tcp,
                            loop,
                            tls,
                            log,
                            operations,
                            channels,
                            () -> ListeningSocket.bindTcp(tcp, addresses),
                            binding);
                }
            });
        }
        return binding;
    }

    @Override
    public Connection adopt(SocketChannel channel) {
        Objects.requireNonNull(channel, "channel");
        return ReadyConnection.adopt(channel);
    }

    @Override
    public void close() {
        if (isShared) {
            return;
        }
        operations.close();
        channels.closeAll(); // the loops still run here
        plain.shutDown(this::closeSocketsOfEndedLoops);
        withFileDescriptors.shutDown(this::closeSocketsOfEndedLoops);
        if (!NettyLoop.isLoop(Thread.currentThread())) { // a loop's thread cannot wait for its own end
            plain.awaitEnd();
            withFileDescriptors.awaitEnd();
        }
        closeSocketsOfEndedLoops();
        operations.failAll();
    }

    private void closeSocketsOfEndedLoops() {
        if (plain.hasEnded() && withFileDescriptors.hasEnded()) {
            channels.closeSockets();
        }
    }
}
