package dev.qmp.internal.transport;

import dev.qmp.error.Text;
import dev.qmp.internal.engine.Binding;
import dev.qmp.internal.engine.SecondPeerLog;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.TlsOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import java.io.IOException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Accepts one peer for each request. Other peers wait in the system's backlog of one. */
final class NettyAcceptor extends ChannelInboundHandlerAdapter implements Acceptor {

    private static final long CLOSE_MILLIS = 1000;
    /** More than the system's backlog. The bound lets the acceptor close even if peers keep connecting. */
    private static final int MAX_BACKLOG = 8;

    private final Channel channel;
    private final ServerSocketChannel socket;
    private final NettyLoop loop;
    private final Endpoint endpoint;
    private final @Nullable Object fileKey;
    private final @Nullable TlsOptions tls;
    private final SecondPeerLog log;
    private final OpenOperations operations;
    private final OpenChannels channels;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<Void> gone;
    private @Nullable CompletableFuture<Connection> waiting;
    /** A peer that arrived after its accept was cancelled. The next accept receives it. */
    private @Nullable Connection early;

    private NettyAcceptor(
            ListeningSocket socket,
            NettyLoop loop,
            @Nullable TlsOptions tls,
            SecondPeerLog log,
            OpenOperations operations,
            OpenChannels channels,
            CompletableFuture<Void> gone) {
        this.channel = socket.channel();
        this.socket = socket.socket();
        this.endpoint = socket.endpoint();
        this.fileKey = socket.fileKey();
        this.loop = loop;
        this.tls = tls;
        this.log = log;
        this.operations = operations;
        this.channels = channels;
        this.gone = gone;
    }

    /** Binds a socket. If the future was cancelled, nothing stays open. */
    static void bind(
            Endpoint endpoint,
            NettyLoop loop,
            @Nullable TlsOptions tls,
            SecondPeerLog log,
            OpenOperations operations,
            OpenChannels channels,
            Callable<ListeningSocket> socket,
            Binding binding) {
        CompletableFuture<Acceptor> result = binding.acceptor();
        CompletableFuture<Void> gone = binding.gone();
        loop.execute(() -> {
            if (result.isDone()) {
                gone.complete(null);
                return;
            }
            try {
                EventLoop eventLoop = loop.eventLoop(); // if this fails, no socket is bound yet
                new NettyAcceptor(socket.call(), loop, tls, log, operations, channels, gone).start(eventLoop, result);
            } catch (Exception e) {
                gone.complete(null);
                result.completeExceptionally(ConnectFailures.listening(endpoint, e));
            }
        });
    }

    private void start(EventLoop eventLoop, CompletableFuture<Acceptor> result) {
        channel.config().setAutoRead(false);
        channel.config().setRecvByteBufAllocator(new ServerChannelRecvByteBufAllocator()); // one peer per read
        channel.pipeline().addLast("accept", this);
        eventLoop.register(channel).addListener(registered -> {
            if (registered.isSuccess()) {
                channels.add(channel);
            }
            if (!registered.isSuccess()) {
                result.completeExceptionally(ConnectFailures.listening(endpoint, registered.cause()));
                close();
            } else if (!result.complete(this)) {
                close();
            }
        });
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public CompletableFuture<Connection> accept() {
        CompletableFuture<Connection> next = operations.add(new CompletableFuture<Connection>());
        loop.execute(() -> {
            Connection present = early;
            if (closing.get()) {
                next.cancel(false);
            } else if (waiting != null && !waiting.isDone()) {
                next.completeExceptionally(new IllegalStateException("accept() is waiting already"));
            } else if (present != null) {
                early = next.complete(present) ? null : present;
            } else {
                waiting = next;
                channel.read();
            }
        });
        return next;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Connection connection = connectionOf((Channel) message);
        CompletableFuture<Connection> next = waiting;
        waiting = null;
        if (next != null && next.complete(connection)) {
            return;
        }
        if (early == null && !closing.get()) {
            early = connection;
        } else {
            turnAway(connection);
        }
    }

    private Connection connectionOf(Channel accepted) {
        try {
            return ReadyConnection.accepted(accepted, String.valueOf(accepted.remoteAddress()), tls);
        } catch (Throwable e) { // such as OutOfMemoryError: nothing else closes the channel
            accepted.unsafe().closeForcibly();
            throw e;
        }
    }

    private void turnAway(Connection connection) {
        connection.close(); // first, because the log may fail
        log.closed(endpoint, connection.peer());
    }

    /** Closes the peers in the backlog. Otherwise the system would reset them silently when the socket closes. */
    private void turnAwayBacklog() {
        try {
            for (int i = 0; i < MAX_BACKLOG && socket.isOpen(); i++) {
                String name;
                try (SocketChannel peer = socket.accept()) {
                    if (peer == null) {
                        return;
                    }
                    name = String.valueOf(peer.getRemoteAddress());
                }
                log.closed(endpoint, name);
            }
        } catch (IOException | IllegalBlockingModeException e) {
            log.logger()
                    .debug(
                            "The backlog of {} cannot be looked at: {}",
                            Text.printableSentence(endpoint.toString()),
                            e.toString());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        CompletableFuture<Connection> next = waiting;
        waiting = null;
        if (next != null) {
            next.completeExceptionally(ConnectFailures.listening(endpoint, cause));
        }
    }

    /** Handles the close, by this acceptor or at the end of its loop. */
    @Override
    public void channelInactive(ChannelHandlerContext context) {
        close();
        if (loop.eventLoop().isShuttingDown()) {
            gone.complete(null); // scheduled tasks will not run any more
        }
    }

    /**
     * Closes the acceptor, once. The socket file is removed first, because the bound socket keeps its key unique. The
     * rest runs on the loop.
     */
    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            if (endpoint instanceof Endpoint.Unix unix) {
                remove(unix.path());
            }
            loop.execute(this::closeOnLoop);
        }
        if (!NettyLoop.isLoop(Thread.currentThread())) {
            gone.copy()
                    .completeOnTimeout(null, CLOSE_MILLIS, TimeUnit.MILLISECONDS)
                    .join();
        }
    }

    private void closeOnLoop() {
        CompletableFuture<Connection> next = waiting;
        waiting = null;
        Connection present = early;
        early = null;
        turnAwayBacklog();
        OpenChannels.close(channel);
        if (next != null && channel.hasAttr(NettyTransport.LOOPS_CLOSED)) {
            next.completeExceptionally(OpenOperations.loopsClosed());
        } else if (next != null) {
            next.cancel(false);
        }
        // Java returns a socket to the system when its selector is used the next time. A task with a delay runs after
        // that.
        loop.schedule(Duration.ofNanos(1), () -> gone.complete(null));
        if (present != null) {
            turnAway(present);
        }
    }

    private void remove(Path path) {
        try {
            UnixSocketFiles.remove(path, fileKey);
        } catch (QmpConnectException e) {
            log.logger().warn("{}", Text.messageOf(e));
        }
    }
}
