package dev.qmp.internal.transport;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * Finds the end of the stream on a socket of junixsocket, and reads the bytes before it. It reads from a duplicate of
 * the descriptor, because junixsocket's channel alone loses both:
 *
 * <ul>
 *   <li>If the peer has closed the connection, the selector invalidates the key. Netty closes the channel then, without
 *       a read.
 *   <li>A write to such a peer closes the channel.
 *   <li>At the end of the stream, a read returns 0, as if there were no bytes yet. If the peer has ended its output
 *       only, the socket stays ready to be read for ever.
 * </ul>
 */
final class StreamEnd extends ChannelInboundHandlerAdapter {

    private static final int READ_SIZE = 8 * 1024;

    private final AFUNIXSocketChannel socket;
    /** Reads from the duplicate, without waiting; null before the connection and after its end. */
    private @Nullable FileInputStream duplicate;
    /** Whether the socket was ready to be read, and had bytes. */
    private boolean hadBytes;

    StreamEnd(AFUNIXSocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws IOException {
        if (socket.isOpen()) {
            duplicate = new FileInputStream(
                    FileDescriptorCast.duplicating(socket.getFileDescriptor()).getFileDescriptor());
        }
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        hadBytes = true;
        context.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        FileInputStream in = duplicate;
        if (in != null && !hadBytes && isAtEnd(in, context)) {
            context.close();
        }
        hadBytes = false;
        context.fireChannelReadComplete();
    }

    private static boolean isAtEnd(FileInputStream in, ChannelHandlerContext context) {
        try {
            return !read(in, context);
        } catch (IOException e) { // no bytes yet
            return false;
        }
    }

    /** Reads to the end. It is near, because junixsocket shuts the socket down before it closes its own descriptor. */
    @Override
    public void channelInactive(ChannelHandlerContext context) {
        try (FileInputStream in = take()) {
            while (in != null && isWanted(context.channel()) && read(in, context)) {
                // until the end
            }
        } catch (IOException e) { // a reset, whose text is in the user's language
            context.fireExceptionCaught(new ClosedChannelException().initCause(e));
        } catch (Throwable e) { // such as an OutOfMemoryError
            context.fireExceptionCaught(e);
        }
        context.fireChannelInactive();
    }

    private static boolean isWanted(Channel channel) {
        return !channel.hasAttr(NettyTransport.CLOSED_HERE) && !channel.hasAttr(NettyTransport.LOOPS_CLOSED);
    }

    /** {@return whether there were bytes, and not the end} */
    private static boolean read(FileInputStream in, ChannelHandlerContext context) throws IOException {
        byte[] bytes = new byte[READ_SIZE];
        int count = in.read(bytes);
        if (count > 0) {
            context.fireChannelRead(Unpooled.wrappedBuffer(bytes, 0, count));
        }
        return count > 0;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) throws IOException {
        release();
    }

    /** Closes the duplicate, on the event loop or after its end. */
    void release() throws IOException {
        FileInputStream in = take();
        if (in != null) {
            in.close();
        }
    }

    private @Nullable FileInputStream take() {
        FileInputStream taken = duplicate;
        duplicate = null;
        return taken;
    }
}
