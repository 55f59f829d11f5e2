package dev.qmp.internal.transport;

import dev.qmp.internal.engine.Binding;
import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.SecondPeerLog;
import dev.qmp.internal.engine.Transport;
import dev.qmp.internal.engine.TransportListener;
import dev.qmp.internal.engine.Transports;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.TlsOptions;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Event loops whose connections stay within the JVM: Netty's local channels take the place of sockets. Everything above
 * the socket is the client's own: the loop, the frames, the transport. Every endpoint leads to the one local address.
 */
public final class LocalLoops implements EventLoops, Transports {

    private final MultiThreadIoEventLoopGroup group;
    private final LocalAddress address;
    private final AtomicLong addresses = new AtomicLong();
    private final AtomicLong dials = new AtomicLong();

    /** Creates so many loops, all connections of which lead to one address. */
    public LocalLoops(int threads, LocalAddress address) {
        this.group = new MultiThreadIoEventLoopGroup(threads, LoopThread.factory(), LocalIoHandler.newFactory());
        this.address = address;
    }

    /** {@return the threads, for channels without a client} */
    public MultiThreadIoEventLoopGroup group() {
        return group;
    }

    /**
     * {@return an address for one more channel} The one that Netty would give it is a hash, and a hundred thousand have
     * two alike.
     */
    public LocalAddress nextAddress() {
        return new LocalAddress("channel-" + addresses.incrementAndGet());
    }

    /** {@return the number of attempts so far} */
    public long dials() {
        return dials.get();
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public Loop nextLoop(ProtocolOptions options) {
        return new NettyLoop(group.next());
    }

    /** Dials as {@link Dialer} does. */
    @Override
    public <M> CompletableFuture<Transport<M>> dial(
            Endpoint endpoint,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        dials.incrementAndGet();
        CompletableFuture<Transport<M>> result = new CompletableFuture<>();
        LocalChannel channel = new LocalChannel();
        ChannelOptions.apply(channel);
        channel.pipeline().addLast(new Dialer.Placeholder());
        ((NettyLoop) loop).eventLoop().register(channel);
        channel.connect(address, nextAddress()).addListener(connected -> {
            if (connected.isSuccess()) {
                FrameHandler<M> frames = new FrameHandler<>(codec, options.maxMessageSize(), listener);
                channel.pipeline().replace(Dialer.Placeholder.class, FrameHandler.NAME, frames);
                result.complete(new NettyTransport<>(channel, null, codec, options, false, listener));
                channel.config().setAutoRead(true);
            } else {
                channel.close();
                result.completeExceptionally(ConnectFailures.transport(endpoint, connected.cause()));
            }
        });
        return result;
    }

    @Override
    public boolean isOwn(Connection connection) {
        return true;
    }

    @Override
    public <M> CompletableFuture<Transport<M>> take(
            Connection connection,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Binding bind(Endpoint endpoint, @Nullable TlsOptions tls, SecondPeerLog log) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Connection adopt(SocketChannel channel) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        group.shutdownGracefully(200, 2000, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }
}
