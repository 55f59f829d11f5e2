package dev.qmp.internal.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.SocketOption;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The options of every channel, in one place. */
final class ChannelOptions {

    private static final Logger LOGGER = LoggerFactory.getLogger(ChannelOptions.class);

    /**
     * More than this is not handed to a peer that does not take it: it waits in our queue, where it is still unsent.
     */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    /** A quiet peer is asked whether it is still there, and is given up two minutes after its last sign of life. */
    private static final int KEEP_IDLE_SECONDS = 60;

    private static final int KEEP_INTERVAL_SECONDS = 10;
    private static final int KEEP_COUNT = 6;

    private ChannelOptions() {}

    static void apply(Channel channel) {
        // A failed write must not close the channel: what the peer said before it went away is still to be read.
        // And nothing is read before the engine is ready for it.
        channel.config().setAutoClose(false).setAutoRead(false).setWriteBufferWaterMark(WATER_MARK);
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

    /** These make a connection better, but none is needed: not every system has them, and a dead socket has none. */
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
