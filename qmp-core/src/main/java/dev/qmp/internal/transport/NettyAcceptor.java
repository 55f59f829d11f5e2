package dev.qmp.internal.transport;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.TlsOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts one peer at a time, when asked: the rest waits in the system's backlog of one. */
final class NettyAcceptor extends ChannelInboundHandlerAdapter implements Acceptor {

    private static final Logger LOGGER = LoggerFactory.getLogger(NettyAcceptor.class);

    private final Channel channel;
    private final EventLoop loop;
    private final Endpoint endpoint;
    private final @Nullable TlsOptions tls;
    private @Nullable CompletableFuture<Connection> waiting;
    private boolean closed;

    private NettyAcceptor(Channel channel, EventLoop loop, Endpoint endpoint, @Nullable TlsOptions tls) {
        this.channel = channel;
        this.loop = loop;
        this.endpoint = endpoint;
        this.tls = tls;
    }

    static CompletableFuture<Acceptor> bind(Endpoint endpoint, EventLoop loop, @Nullable TlsOptions tls) {
        CompletableFuture<Acceptor> result = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                ListeningSocket socket = ListeningSocket.bind(endpoint);
                NettyAcceptor acceptor = new NettyAcceptor(socket.channel(), loop, socket.endpoint(), tls);
                acceptor.start(result);
            } catch (Exception e) {
                result.completeExceptionally(
                        e instanceof QmpConnectException known ? known : cannotListen(endpoint, e));
            }
        });
        return result;
    }

    private void start(CompletableFuture<Acceptor> result) {
        channel.config().setAutoRead(false);
        channel.config().setRecvByteBufAllocator(new ServerChannelRecvByteBufAllocator()); // one peer per read
        channel.pipeline().addLast("accept", this);
        loop.register(channel).addListener(registered -> {
            if (!registered.isSuccess()) {
                result.completeExceptionally(cannotListen(endpoint, registered.cause()));
            } else if (!result.complete(this)) {
                close();
            }
        });
    }

    private static QmpConnectException cannotListen(Endpoint endpoint, Throwable cause) {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT, true, "cannot listen on " + endpoint + ": " + cause.getMessage(), cause);
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public CompletableFuture<Connection> accept() {
        CompletableFuture<Connection> next = new CompletableFuture<>();
        loop.execute(() -> {
            if (closed) {
                next.cancel(false);
            } else if (waiting != null && !waiting.isDone()) {
                next.completeExceptionally(new IllegalStateException("accept() is waiting already"));
            } else {
                waiting = next;
                channel.read();
            }
        });
        return next;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Channel accepted = (Channel) message;
        String peer = String.valueOf(accepted.remoteAddress());
        ReadyConnection connection = new ReadyConnection(accepted, peer, true, tls);
        CompletableFuture<Connection> next = waiting;
        waiting = null;
        if (next == null || !next.complete(connection)) {
            LOGGER.warn("A second peer of {} was closed: {}", endpoint, peer);
            connection.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        CompletableFuture<Connection> next = waiting;
        waiting = null;
        if (next != null) {
            next.completeExceptionally(cannotListen(endpoint, cause));
        }
    }

    /** The socket file goes at once, so that the caller may bind it anew; the rest on the loop. */
    @Override
    public void close() {
        if (endpoint instanceof Endpoint.Unix unix) {
            remove(unix.path());
        }
        loop.execute(() -> {
            closed = true;
            CompletableFuture<Connection> next = waiting;
            waiting = null;
            channel.close();
            if (next != null) {
                next.cancel(false);
            }
        });
    }

    private void remove(Path path) {
        try {
            if (channel.isOpen()) {
                UnixSocketFiles.remove(path);
            }
        } catch (QmpConnectException e) {
            LOGGER.warn("{}", e.getMessage());
        }
    }
}
