package dev.qmp.internal.transport;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.SocketOption;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The options of every channel. */
final class ChannelOptions {

    private static final Logger LOGGER = LoggerFactory.getLogger(ChannelOptions.class);

    /**
     * The limit of data in Netty for a peer that does not read. Further messages wait in our queue, where they count as
     * unsent.
     */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    /** It has no state of a channel. */
    private static final RecvByteBufAllocator RECEIVE_BUFFERS = new AdaptiveRecvByteBufAllocator();

    /** TCP probes a quiet peer after this time. The connection ends two minutes after the peer's last sign of life. */
    private static final int KEEP_IDLE_SECONDS = 60;

    private static final int KEEP_INTERVAL_SECONDS = 10;
    private static final int KEEP_COUNT = 6;

    private ChannelOptions() {}

    static void apply(Channel channel) {
        // A failed write must not close the channel, because the peer's last messages are still to be read.
        // Nothing is read before the engine is ready.
        channel.config()
                .setAutoClose(false)
                .setAutoRead(false)
                .setWriteBufferWaterMark(WATER_MARK)
                .setRecvByteBufAllocator(RECEIVE_BUFFERS);
        if (channel instanceof NioSocketChannel) {
            set(channel, ChannelOption.TCP_NODELAY, true);
            set(channel, ChannelOption.SO_KEEPALIVE, true);
            set(channel, ExtendedSocketOptions.TCP_KEEPIDLE, KEEP_IDLE_SECONDS);
            set(channel, ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEP_INTERVAL_SECONDS);
            set(channel, ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_COUNT);
        }
    }

    private static void set(Channel channel, SocketOption<Integer> option, int value) {
        set(channel, NioChannelOption.of(option), value);
    }

    /** Sets an option that is useful but not necessary. Some systems do not have it, and a closed socket has none. */
    private static <T> void set(Channel channel, ChannelOption<T> option, T value) {
        try {
            if (!channel.config().setOption(option, value)) {
                LOGGER.debug("This system has no {}", option);
            }
        } catch (ChannelException | UnsupportedOperationException e) {
            LOGGER.debug("{} is not set: {}", option, e.toString());
        }
    }
}
