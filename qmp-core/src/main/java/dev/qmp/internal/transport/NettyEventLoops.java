package dev.qmp.internal.transport;

import dev.qmp.internal.engine.Loop;
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
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Event loops on Java's own selectors: Unix sockets and TCP alike, no native library. */
public final class NettyEventLoops implements EventLoops, Transports {

    private static final int SHARED_THREADS = 2;
    private static final long CLOSE_TIMEOUT_MILLIS = 2000;

    private final int threads;
    private final MultiThreadIoEventLoopGroup group;
    private @Nullable MultiThreadIoEventLoopGroup fileDescriptorGroup;
    private final boolean isShared;

    private NettyEventLoops(int threads, boolean isShared) {
        this.threads = threads;
        this.group = new MultiThreadIoEventLoopGroup(threads, LoopThread.factory(), NioIoHandler.newFactory());
        this.isShared = isShared;
    }

    /** Made when first asked for. */
    private static final class Shared {
        private static final NettyEventLoops INSTANCE = new NettyEventLoops(SHARED_THREADS, true);
    }

    /** {@return the loops shared by all who bring none} */
    public static NettyEventLoops shared() {
        return Shared.INSTANCE;
    }

    /** {@return new loops} */
    public static NettyEventLoops create(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, not " + threads);
        }
        return new NettyEventLoops(threads, false);
    }

    /** {@return the loops as what they are} */
    public static NettyEventLoops of(EventLoops loops) {
        if (loops instanceof NettyEventLoops netty) {
            return netty;
        }
        throw new IllegalArgumentException("event loops are made by EventLoops.create or EventLoops.shared");
    }

    /**
     * Makes sure that file descriptors can be sent.
     *
     * @throws IllegalStateException if the library for it is missing
     */
    public static void requireFileDescriptors() {
        FileDescriptorSockets.require();
    }

    @Override
    public Loop nextLoop(ProtocolOptions options) {
        return new NettyLoop(options.fileDescriptors() ? fileDescriptorGroup().next() : group.next());
    }

    /** Sockets that carry file descriptors have a selector of their own, and so threads of their own. */
    private synchronized MultiThreadIoEventLoopGroup fileDescriptorGroup() {
        MultiThreadIoEventLoopGroup present = fileDescriptorGroup;
        if (present == null) {
            present = new MultiThreadIoEventLoopGroup(threads, LoopThread.factory(), FileDescriptorSockets.ioHandler());
            fileDescriptorGroup = present;
        }
        return present;
    }

    @Override
    public <M> CompletableFuture<Transport<M>> dial(
            Endpoint endpoint,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        return new Dialer<>(((NettyLoop) loop).eventLoop(), options, codec, listener).dial(endpoint);
    }

    @Override
    public <M> CompletableFuture<Transport<M>> take(
            Connection connection,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        return new Dialer<>(((NettyLoop) loop).eventLoop(), options, codec, listener)
                .take((ReadyConnection) connection);
    }

    @Override
    public CompletableFuture<Acceptor> bind(Endpoint endpoint, @Nullable TlsOptions tls) {
        return NettyAcceptor.bind(endpoint, group.next(), tls);
    }

    @Override
    public Connection adopt(SocketChannel channel) {
        return ReadyConnection.adopt(channel);
    }

    @Override
    public void close() {
        if (isShared) {
            return;
        }
        MultiThreadIoEventLoopGroup second;
        synchronized (this) {
            second = fileDescriptorGroup;
        }
        shutDown(group);
        if (second != null) {
            shutDown(second);
        }
    }

    private static void shutDown(MultiThreadIoEventLoopGroup loops) {
        loops.shutdownGracefully(0, CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS);
    }
}
