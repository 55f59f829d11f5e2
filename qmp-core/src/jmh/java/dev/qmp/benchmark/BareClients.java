package dev.qmp.benchmark;

import dev.qmp.internal.transport.LocalLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * The rival of many clients: channels that share one handler, which writes a prepared command and parses nothing. So
 * they show what the machine and Netty take for so many connections, without a client.
 */
final class BareClients implements AutoCloseable {

    private static final String COMMAND = "{\"execute\":\"query-status\",\"id\":\"wire0123456\"}\n";

    private final ByteBuf command =
            Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(COMMAND.getBytes(StandardCharsets.US_ASCII)));
    private final LongAdder answers = new LongAdder();
    private final List<Channel> channels = new ArrayList<>();
    private volatile boolean busy;

    /** Connects so many channels. */
    BareClients(LocalLoops loops, LocalAddress server, int size) {
        Bootstrap bootstrap =
                new Bootstrap().group(loops.group()).channel(LocalChannel.class).handler(new Asking());
        List<ChannelFuture> connecting = IntStream.range(0, size)
                .mapToObj(number -> bootstrap.connect(server, loops.nextAddress()))
                .toList();
        connecting.forEach(one -> channels.add(one.syncUninterruptibly().channel()));
    }

    /** Keeps the first of them busy with one command at a time, until {@link #rest()}. */
    void work(int size) {
        busy = true;
        channels.subList(0, size).forEach(channel -> channel.writeAndFlush(command.duplicate()));
    }

    /** Ends the work. The last answers have arrived when it returns. */
    void rest() {
        busy = false;
        Meter.pause(100);
    }

    long answers() {
        return answers.sum();
    }

    @Override
    public void close() {
        channels.forEach(Channel::close);
        channels.forEach(channel -> channel.closeFuture().syncUninterruptibly());
        channels.clear();
    }

    @Sharable
    private final class Asking extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ((ByteBuf) message).release();
            if (busy) {
                answers.increment();
                context.writeAndFlush(command.duplicate());
            }
        }
    }
}
