package dev.qmp.internal.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.nio.AbstractNioChannel;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All channels of some event loops, from their registration to their end: connecting, connected or listening. A loop
 * that is shut down between two steps ends without closing its channels, so this class closes them.
 */
final class OpenChannels {

    private static final Logger LOGGER = LoggerFactory.getLogger(OpenChannels.class);

    private final Set<Channel> open = ConcurrentHashMap.newKeySet();
    private final ChannelFutureListener forget = ended -> open.remove(ended.channel());
    private volatile boolean closed;

    /**
     * Adds a channel on its loop, right after its registration. If the loops are about to end, the channel is closed.
     */
    void add(Channel channel) {
        open.add(channel);
        channel.closeFuture().addListener(forget);
        if (closed) {
            closeWithLoops(channel);
        }
    }

    /** Closes all channels, on their loops, which must be running. Channels that are added later are closed at once. */
    void closeAll() {
        closed = true;
        open.forEach(OpenChannels::closeWithLoops);
    }

    private static void closeWithLoops(Channel channel) {
        channel.attr(NettyTransport.LOOPS_CLOSED).set(true);
        channel.close();
    }

    /** Closes the sockets of all channels that are still open, when their loops have ended. */
    void closeSockets() {
        open.forEach(OpenChannels::closeSocket);
        open.clear();
    }

    /**
     * Closes a channel. If its loop has ended, the socket is closed directly, because the loop closes nothing any more.
     *
     * @return completes when the channel is closed, or fails
     */
    static ChannelFuture close(Channel channel) {
        if (!channel.isRegistered()) {
            channel.unsafe().closeForcibly();
            return channel.closeFuture();
        }
        ChannelFuture closed = channel.close();
        if (channel.eventLoop().isShutdown()) {
            channel.eventLoop().terminationFuture().addListener(ended -> closeSocket(channel));
        }
        return closed;
    }

    /**
     * Closes a socket. Java releases its descriptor at once, because the selector of a loop that has ended is closed.
     */
    private static void closeSocket(Channel channel) {
        try {
            if (channel.unsafe() instanceof AbstractNioChannel.NioUnsafe nio) {
                nio.ch().close();
            }
            StreamEnd end = channel.pipeline().get(StreamEnd.class);
            if (end != null) {
                end.release();
            }
        } catch (IOException e) {
            LOGGER.warn("The socket of {} could not be closed: {}", channel, e.toString());
        }
    }
}
