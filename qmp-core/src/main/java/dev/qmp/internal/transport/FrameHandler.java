package dev.qmp.internal.transport;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.GuessingScanner;
import dev.qmp.internal.engine.TransportListener;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.MessageCodec;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of the pipeline: collects bytes, finds whole frames, decodes them and notifies the engine. After the
 * first failure it drops all bytes, so that a broken stream is not read further.
 *
 * @param <M> the protocol's message
 */
final class FrameHandler<M> extends ChannelInboundHandlerAdapter {

    static final String NAME = "frames";

    /** The longest array whose view a thread keeps. A longer one is rare, and would stay in memory. */
    private static final int MAX_KEPT = 1 << 20;

    private static final ThreadLocal<ByteBuffer> LAST_VIEW = ThreadLocal.withInitial(() -> ByteBuffer.allocate(0));

    private final MessageCodec<M> codec;
    private final int maxMessageSize;
    private final TransportListener<M> listener;
    private final FrameScanner scanner;
    /** The scanner; null if it never guesses. */
    private final @Nullable GuessingScanner guessing;
    /** The bytes of an incomplete frame; null between frames, so that a quiet connection holds no buffer. */
    private @Nullable ByteBuf partial;

    /** The length of the last message that took several reads. The buffer of the next one grows to it at once. */
    private int lastCollected;

    private boolean broken;
    /** Whether the peer has reset the connection, so that its end is not the end of the stream. */
    private boolean reset;

    FrameHandler(MessageCodec<M> codec, int maxMessageSize, TransportListener<M> listener) {
        this.codec = codec;
        this.maxMessageSize = maxMessageSize;
        this.listener = listener;
        this.scanner = codec.newScanner();
        this.guessing = scanner instanceof GuessingScanner guesses ? guesses : null;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf arrived = (ByteBuf) message;
        try {
            if (!broken) {
                listener.arrived(arrived.readableBytes());
                boolean collected = partial != null;
                read(context, collect(context, arrived), collected);
            }
        } catch (Throwable e) {
            breakOff(context, e);
        } finally {
            arrived.release();
        }
    }

    private void read(ChannelHandlerContext context, ByteBuf bytes, boolean collected) {
        try {
            readFrames(bytes, collected);
        } catch (Throwable e) {
            breakOff(context, e);
        } finally {
            keepRest(context, bytes);
        }
    }

    /** Reads the rest at the end of the stream. A guess of the scanner about it is revised. */
    private void readRest(ChannelHandlerContext context) {
        ByteBuf rest = partial;
        if (!broken && rest != null && retract()) {
            partial = null;
            read(context, rest, true);
        }
    }

    /** {@return whether the end of the stream completes the last message, or the failure of that is reported} */
    private boolean readLast(ChannelHandlerContext context) {
        ByteBuf rest = partial;
        if (rest == null || reset || context.channel().hasAttr(NettyTransport.CLOSED_HERE)) {
            return false;
        }
        try {
            ByteBuffer view = viewOf(rest.array());
            int begin = rest.arrayOffset() + rest.readerIndex();
            int length =
                    scanner.scanLast(view.limit(begin + rest.readableBytes()).position(begin));
            M last = length < 0 ? null : decode(view, begin, length);
            if (last != null) {
                listener.received(last);
            }
            return last != null;
        } catch (Throwable e) {
            breakOff(context, e);
            return true;
        }
    }

    /**
     * Copies the bytes into an array, because arrays are scanned and decoded faster than the direct memory of sockets.
     */
    private ByteBuf collect(ChannelHandlerContext context, ByteBuf arrived) {
        ByteBuf bytes = partial;
        if (bytes == null) {
            return context.alloc().heapBuffer(arrived.readableBytes()).writeBytes(arrived);
        }
        makeRoom(bytes, arrived.readableBytes());
        bytes.writeBytes(arrived);
        partial = null; // not before, because a failed allocation releases it
        return bytes;
    }

    /**
     * Enlarges the buffer. Each enlargement copies all bytes. If this message is as long as the last long one, one copy
     * suffices, otherwise a few. Netty alone would enlarge a long buffer by 4 MiB each time.
     */
    private void makeRoom(ByteBuf bytes, int more) {
        int needed = bytes.writerIndex() + more;
        if (needed > bytes.capacity()) {
            long wanted = Math.max(2L * bytes.capacity(), lastCollected);
            bytes.capacity((int) Math.max(needed, Math.min(wanted, maxMessageSize)));
        }
    }

    private void readFrames(ByteBuf bytes, boolean collected) {
        ByteBuffer view = viewOf(bytes.array());
        while (bytes.isReadable() && !broken) {
            int begin = bytes.arrayOffset() + bytes.readerIndex();
            int length = scanner.scan(view.limit(begin + bytes.readableBytes()).position(begin));
            if (length < 0 && bytes.readableBytes() <= maxMessageSize) {
                return;
            }
            M message = decode(view, begin, length);
            if (message != null) {
                if (collected && bytes.readerIndex() == 0) {
                    lastCollected = length;
                }
                bytes.skipBytes(length);
                listener.received(message);
            }
        }
    }

    /** {@return a view of an array} Short messages of a thread are in the same array again and again. */
    @SuppressWarnings("ByteBufferBackingArray") // it was made by wrap
    private static ByteBuffer viewOf(byte[] array) {
        ByteBuffer last = LAST_VIEW.get();
        if (last.array() == array) {
            return last.clear();
        }
        ByteBuffer view = ByteBuffer.wrap(array);
        if (array.length <= MAX_KEPT) {
            LAST_VIEW.set(view);
        }
        return view;
    }

    /** {@return whether the scanner's last answer was a guess} It scans the same bytes again then. */
    private boolean retract() {
        return guessing != null && guessing.retract();
    }

    /** {@return the frame's message; null if the scanner must scan the same bytes again} */
    private @Nullable M decode(ByteBuffer view, int begin, int length) {
        try {
            if (length < 0 || length > maxMessageSize) {
                throw new ProtocolException(
                        Violation.FRAME_TOO_LONG,
                        "a message is longer than " + maxMessageSize + " bytes (maxMessageSize)");
            }
            if (length == 0) {
                throw new IllegalStateException("the scanner has found a message of no bytes");
            }
            return Objects.requireNonNull(
                    codec.decode(view.limit(begin + length).position(begin)),
                    "the codec has made no message of a frame");
        } catch (ProtocolException e) {
            if (retract()) {
                return null;
            }
            throw e;
        }
    }

    /**
     * Moves a beginning behind a whole frame to a new buffer, because the frame's buffer may be a thousand times as
     * large.
     */
    private void keepRest(ChannelHandlerContext context, ByteBuf bytes) {
        if (!bytes.isReadable() || broken || !scanner.isWithinFrame()) {
            bytes.release();
        } else if (bytes.readerIndex() == 0) {
            partial = bytes;
        } else {
            partial = context.alloc().heapBuffer(bytes.readableBytes()).writeBytes(bytes);
            bytes.release();
        }
    }

    /**
     * Reports a failure of the stream and drops its rest. After a local close, decoding errors in the remaining bytes
     * are ignored.
     */
    private void breakOff(ChannelHandlerContext context, Throwable cause) {
        broken = true;
        release();
        if (!context.channel().hasAttr(NettyTransport.CLOSED_HERE)) {
            listener.failed(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        readRest(context);
        Channel channel = context.channel();
        boolean withItsLoop = channel.hasAttr(NettyTransport.LOOPS_CLOSED)
                || channel.eventLoop().isShuttingDown();
        if (!broken && withItsLoop) {
            breakOff(context, new ConnectionLostException("the event loops were closed", null));
        } else if (!broken && scanner.isWithinFrame() && !readLast(context)) {
            breakOff(context, new ProtocolException(Violation.TRUNCATED, "the connection ended within a message"));
        }
        release();
        listener.closed();
    }

    /** Handles the end of TLS as the end of the stream, even if the peer's socket stays open. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslCloseCompletionEvent) {
            context.close();
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        listener.writabilityChanged();
    }

    /** Ignores a reset, because the end of the stream follows and is reported. All other failures are reported. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        reset = isReset(cause);
        if (!reset) {
            breakOff(context, new ConnectionLostException("the transport failed: " + Text.messageOf(cause), cause));
        }
        context.close();
    }

    /**
     * {@return whether the peer has reset the connection} Java has its own text for it, and junixsocket its own type.
     * The system's text is in its user's language.
     */
    private static boolean isReset(Throwable cause) {
        String text = cause.toString().toLowerCase(Locale.ROOT);
        return cause instanceof ClosedChannelException
                || (cause instanceof IOException
                        && !(cause instanceof SSLException)
                        && (text.contains("reset") || text.contains("broken pipe") || text.contains("brokenpipe")));
    }

    private void release() {
        ByteBuf held = partial;
        partial = null;
        if (held != null) {
            held.release();
        }
    }
}
