package dev.qmp.internal.transport;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Once;
import dev.qmp.internal.engine.Transport;
import dev.qmp.internal.engine.TransportListener;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.TlsOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Opens one transport: looks up the addresses, tries them one after the other, and starts TLS.
 *
 * @param <M> the protocol's message
 */
final class Dialer<M> {

    private final NettyLoop loop;
    private final OpenChannels channels;
    private final LookUps names;
    private final SocketFiles files;
    private final ProtocolOptions options;
    private final MessageCodec<M> codec;
    private final TransportListener<M> listener;
    private final long deadline;
    private final CompletableFuture<Transport<M>> result = new CompletableFuture<>();
    private @Nullable Channel channel;
    /** The socket of the channel, if this dialer has opened it. */
    private @Nullable SocketChannel socket;

    Dialer(
            NettyLoop loop,
            OpenChannels channels,
            LookUps names,
            SocketFiles files,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        this.loop = loop;
        this.channels = channels;
        this.names = names;
        this.files = files;
        this.options = options;
        this.codec = codec;
        this.listener = listener;
        this.deadline = System.nanoTime() + options.connectTimeout().toNanos();
        result.whenComplete((transport, failure) -> {
            if (failure != null) {
                loop.execute(this::closeChannel);
            }
        });
    }

    CompletableFuture<Transport<M>> dial(Endpoint endpoint) {
        if (options.fileDescriptors() && endpoint instanceof Endpoint.Tcp) {
            result.completeExceptionally(FileDescriptorSockets.unixOnly(endpoint));
        } else if (endpoint instanceof Endpoint.Abstract named) {
            dialAbstract(named);
        } else if (endpoint instanceof Endpoint.Unix unix) {
            dialUnix(unix);
        } else if (endpoint instanceof Endpoint.Tcp tcp) {
            dialTcp(tcp);
        }
        return result;
    }

    CompletableFuture<Transport<M>> take(ReadyConnection connection) {
        if (options.fileDescriptors()) {
            connection.close();
            result.completeExceptionally(FileDescriptorSockets.dialOnly());
            return result;
        }
        EventLoop eventLoop;
        try {
            eventLoop = loop.eventLoop();
        } catch (ChannelException e) {
            connection.close();
            result.completeExceptionally(ConnectFailures.transport(connection.peer(), e));
            return result;
        }
        if (hasEnded(eventLoop)) {
            connection.close();
            return result;
        }
        try {
            Channel ready = connection.take();
            channel = ready;
            ChannelOptions.apply(ready);
            ready.pipeline().addLast(new Placeholder());
            TlsOptions tls = connection.isAccepted() ? connection.tls() : tlsTo(connection.server());
            eventLoop.register(ready).addListener(registered -> {
                if (registered.isSuccess()) {
                    channels.add(ready);
                    secure(ready, tls, connection.isAccepted(), connection.server());
                } else {
                    result.completeExceptionally(ConnectFailures.transport(connection.peer(), registered.cause()));
                }
            });
        } catch (Throwable e) { // it was taken before, or an OutOfMemoryError: the failure closes the channel
            result.completeExceptionally(e);
        }
        return result;
    }

    private void dialUnix(Endpoint.Unix unix) {
        onLoop(files.check(unix.path()), (checked, failure) -> {
            if (checked == null) {
                result.completeExceptionally(ConnectFailures.transport(unix, Objects.requireNonNull(failure)));
            } else {
                connectUnix(unix, SocketPath.of(checked));
            }
        });
    }

    private void connectUnix(Endpoint.Unix unix, SocketPath path) {
        result.whenComplete(
                (transport, failure) -> path.close()); // at once if closed loops have ended the dial meanwhile
        if (options.fileDescriptors()) {
            connect(unix, FileDescriptorSockets::newChannel, FileDescriptorSockets.address(path.path()), List.of());
        } else {
            connect(unix, this::newUnixChannel, path.address(), List.of());
        }
    }

    private void dialAbstract(Endpoint.Abstract named) {
        if (options.fileDescriptors()) {
            connect(named, FileDescriptorSockets::newChannel, FileDescriptorSockets.address(named), List.of());
        } else {
            result.completeExceptionally(UnixSocketFiles.abstractNeedsLibrary(named));
        }
    }

    private void dialTcp(Endpoint.Tcp tcp) {
        onLoop(names.find(tcp.host()), (addresses, failure) -> {
            if (failure == null) {
                tryAddresses(tcp, new ArrayDeque<>(addresses));
            } else {
                result.completeExceptionally(ConnectFailures.transport(tcp, failure));
            }
        });
    }

    /** Continues on the loop with an answer from another thread, unless the dial has ended before. */
    private <T> void onLoop(CompletableFuture<T> answer, BiConsumer<@Nullable T, @Nullable Throwable> next) {
        result.whenComplete((transport, failure) -> answer.cancel(false));
        answer.whenComplete((value, failure) -> loop.execute(() -> {
            try {
                if (!result.isDone()) {
                    next.accept(value, failure);
                }
            } catch (Throwable e) { // otherwise the dial would not end until its timeout
                fail(e);
            }
        }));
    }

    /** {@return whether the loop has ended} If so, the dial fails: no listener would learn of a registration there. */
    private boolean hasEnded(EventLoop eventLoop) {
        boolean ended = eventLoop.isShutdown();
        if (ended) {
            result.completeExceptionally(OpenOperations.loopsClosed());
        }
        return ended;
    }

    private void tryAddresses(Endpoint.Tcp tcp, Deque<InetAddress> remaining) {
        InetAddress next = remaining.remove();
        connect(tcp, this::newTcpChannel, new InetSocketAddress(next, tcp.port()), remaining);
    }

    private Channel newUnixChannel() {
        return new NioDomainSocketChannel(null, newSocket(StandardProtocolFamily.UNIX));
    }

    private Channel newTcpChannel() {
        return new NioSocketChannel(null, newSocket(null));
    }

    /** Opens the socket of a channel, which other threads may write to, too. */
    private SocketChannel newSocket(@Nullable ProtocolFamily family) {
        try {
            SocketChannel opened = family == null ? SocketChannel.open() : SocketChannel.open(family);
            socket = opened;
            return opened;
        } catch (IOException e) {
            throw new ChannelException("cannot open a socket", e);
        }
    }

    private void connect(
            Endpoint endpoint, ChannelFactory<?> factory, SocketAddress address, Collection<InetAddress> others) {
        EventLoop eventLoop;
        Channel opened;
        try {
            eventLoop = loop.eventLoop();
            if (hasEnded(eventLoop)) {
                return;
            }
            opened = factory.newChannel();
        } catch (RuntimeException e) {
            result.completeExceptionally(ConnectFailures.transport(endpoint, e));
            return;
        }
        channel = opened;
        ChannelOptions.apply(opened);
        opened.config()
                .setConnectTimeoutMillis(0); // its timer would fire after a pause, before the socket is looked at
        opened.pipeline().addLast(new Placeholder());
        // In one loop task: junixsocket's selector treats a registered channel that does not connect yet as broken.
        eventLoop.register(opened).addListener(registered -> {
            if (registered.isSuccess()) {
                channels.add(opened);
                connect(endpoint, opened, address, others);
            } else {
                result.completeExceptionally(ConnectFailures.transport(endpoint, registered.cause()));
            }
        });
    }

    private void connect(Endpoint endpoint, Channel registered, SocketAddress address, Collection<InetAddress> others) {
        Cancellable limit = others.isEmpty() // the attempt's own deadline limits the last address
                ? Cancellable.NOTHING
                : loop.schedule(share(others.size() + 1), registered::close);
        registered
                .connect(address)
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE)
                .addListener(connected -> {
                    limit.cancel();
                    if (connected.isSuccess()) {
                        Endpoint.Tcp server = endpoint instanceof Endpoint.Tcp tcp ? tcp : null;
                        secure(registered, tlsTo(server), false, server);
                    } else if (!others.isEmpty() && !isDone(registered) && endpoint instanceof Endpoint.Tcp tcp) {
                        tryAddresses(tcp, new ArrayDeque<>(others));
                    } else if (endpoint instanceof Endpoint.Unix unix) {
                        failUnix(unix, connected.cause());
                    } else {
                        fail(ConnectFailures.transport(endpoint, connected.cause()));
                    }
                });
    }

    /** Fails with the reason that the system or, if it has none, the file system shows. */
    private void failUnix(Endpoint.Unix unix, Throwable cause) {
        if (ConnectFailures.hasReason(cause)) {
            fail(ConnectFailures.transport(unix, cause));
            return;
        }
        onLoop(
                files.obstacle(unix.path()),
                (obstacle, unknown) ->
                        fail(ConnectFailures.transport(unix, obstacle == null ? null : obstacle.orElse(null), cause)));
    }

    /**
     * {@return the time for the next address} The addresses share the time until the deadline, so that an unreachable
     * one does not use it up.
     */
    private Duration share(int addresses) {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()) / addresses);
    }

    /**
     * {@return the TLS options for a server} A Unix socket is without TLS, because the file system controls the access.
     */
    private @Nullable TlsOptions tlsTo(Endpoint.@Nullable Tcp server) {
        return server == null ? null : options.tls();
    }

    private void secure(Channel connected, @Nullable TlsOptions tls, boolean asServer, Endpoint.@Nullable Tcp server) {
        if (tls == null) {
            open(connected, false);
            return;
        }
        listener.securing();
        Once preparation = new Once(() -> prepare(connected, () -> TlsHandshake.engine(tls, asServer, server)));
        try {
            BlockingWork.TLS.execute(preparation);
        } catch (Throwable e) { // "unable to create native thread" is an error
            fail(TlsFailures.handshake(e));
            return;
        }
        result.whenComplete((transport, failure) -> {
            if (!preparation.get()) { // the tasks before it may take long
                BlockingWork.TLS.remove(preparation);
            }
        });
    }

    /** Prepares the handshake on a thread that may block, unless the attempt has ended meanwhile. */
    private void prepare(Channel connected, Supplier<SSLEngine> engine) {
        if (result.isDone()) {
            return;
        }
        try {
            SSLEngine created = engine.get();
            loop.execute(() -> shakeHands(connected, created));
        } catch (Throwable e) {
            loop.execute(() -> result.completeExceptionally(TlsFailures.badConfiguration(e)));
        }
    }

    private void shakeHands(Channel connected, SSLEngine engine) {
        if (!connected.isOpen()) {
            fail(TlsFailures.handshake(new ClosedChannelException()));
            return;
        }
        if (result.isDone()) {
            return;
        }
        TlsHandshake.start(connected, engine, () -> listener.arrived(0), failure -> {
            if (failure == null) {
                open(connected, true);
            } else {
                fail(failure);
            }
        });
    }

    /** {@return whether no further address is needed} */
    private boolean isDone(Channel failed) {
        return result.isDone() || failed.hasAttr(NettyTransport.LOOPS_CLOSED);
    }

    /** Fails with the given reason, or with that of closed loops if they have closed the channel. */
    private void fail(Throwable reason) {
        Channel failed = channel;
        boolean loopsClosed = failed != null && failed.hasAttr(NettyTransport.LOOPS_CLOSED);
        result.completeExceptionally(loopsClosed ? OpenOperations.loopsClosed() : reason);
    }

    private void open(Channel connected, boolean tls) {
        try {
            FrameHandler<M> frames = new FrameHandler<>(codec, options.maxMessageSize(), listener);
            connected.pipeline().replace(Placeholder.class, FrameHandler.NAME, frames);
        } catch (RuntimeException e) {
            fail(e);
            return;
        }
        if (result.complete(new NettyTransport<>(connected, socket, codec, options, tls, listener))) {
            connected.config().setAutoRead(true);
        } else {
            connected.close();
        }
    }

    private void closeChannel() {
        Channel open = channel;
        if (open != null) {
            OpenChannels.close(open);
        }
    }

    /**
     * Is in a pipeline until the connection is open. It ignores failures, because the future of the failed step reports
     * them.
     */
    static final class Placeholder extends ChannelInboundHandlerAdapter {

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
