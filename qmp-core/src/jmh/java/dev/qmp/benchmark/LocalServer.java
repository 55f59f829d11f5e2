package dev.qmp.benchmark;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The in-memory peer of any number of connections. It greets, and answers every command from prepared bytes with the
 * command's id, without reading any JSON. All connections share one handler, so that a connection costs its channel and
 * nothing else.
 */
final class LocalServer implements AutoCloseable {

    /** The beginning of the names of its threads. */
    static final String THREADS = "local-server";

    private static final ByteBuf GREETING = bytes("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2,"
            + " \"major\": 9}, \"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n");
    private static final ByteBuf BEFORE_ID = bytes("{\"return\": {}, \"id\": ");
    private static final ByteBuf AFTER_ID = bytes("}\r\n");

    private final LocalAddress address = new LocalAddress(LocalServer.class);
    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(THREADS, true), LocalIoHandler.newFactory());
    private final Set<Channel> peers = ConcurrentHashMap.newKeySet();
    private final Answering answering = new Answering();
    private volatile Channel listening;

    LocalServer() {
        listening = bind().syncUninterruptibly().channel();
    }

    private ChannelFuture bind() {
        return new ServerBootstrap()
                .group(group)
                .channel(LocalServerChannel.class)
                .childHandler(answering)
                .bind(address);
    }

    LocalAddress address() {
        return address;
    }

    /** Closes all connections at once, and accepts further ones. */
    void loseAll() {
        group.next().execute(() -> peers.forEach(Channel::close));
    }

    /** Closes all connections at once, and refuses further ones for a time. */
    void leaveFor(Duration time) {
        listening.close().syncUninterruptibly();
        loseAll();
        group.schedule(() -> listening = bind().channel(), time.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /** Each line is one command, and its id is the last text in it. Netty may hand over several lines at once. */
    @Sharable
    private final class Answering extends ChannelInboundHandlerAdapter {

        @Override
        public void channelActive(ChannelHandlerContext context) {
            peers.add(context.channel());
            context.writeAndFlush(GREETING.duplicate());
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf lines = (ByteBuf) message;
            try {
                ByteBuf answers = context.alloc().buffer(64);
                while (lines.isReadable()) {
                    int length = lines.bytesBefore((byte) '\n') + 1;
                    answer(lines, lines.readerIndex() + length, answers);
                    lines.skipBytes(length);
                }
                context.write(answers);
            } finally {
                lines.release();
            }
        }

        private void answer(ByteBuf lines, int end, ByteBuf answers) {
            int behindId = quoteBefore(lines, end) + 1;
            int id = quoteBefore(lines, behindId - 1);
            answers.writeBytes(BEFORE_ID.duplicate());
            answers.writeBytes(lines, id, behindId - id);
            answers.writeBytes(AFTER_ID.duplicate());
        }

        private int quoteBefore(ByteBuf text, int end) {
            int at = end - 1;
            while (text.getByte(at) != '"') {
                at--;
            }
            return at;
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            peers.remove(context.channel());
        }
    }
}
