package dev.qmp.internal.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;

/** The options of every channel, in one place. */
final class ChannelOptions {

    /** More than this is not handed to a peer that does not take it: it waits in our queue, where it is still unsent. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    private ChannelOptions() {}

    static void apply(Bootstrap bootstrap) {
        // A failed write must not close the channel: what the peer said before it went away is still to be read.
        bootstrap.option(ChannelOption.AUTO_CLOSE, false);
        // Nothing is read before the engine is ready for it.
        bootstrap.option(ChannelOption.AUTO_READ, false);
        bootstrap.option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    }

    static void apply(Channel channel) {
        channel.config().setAutoClose(false).setAutoRead(false).setWriteBufferWaterMark(WATER_MARK);
    }
}
