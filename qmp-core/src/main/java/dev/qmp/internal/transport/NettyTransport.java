package dev.qmp.internal.transport;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.DirectOutput;
import dev.qmp.internal.engine.Transport;
import dev.qmp.internal.engine.TransportListener;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One open channel as a transport of the engine.
 *
 * @param <M> the protocol's message
 */
final class NettyTransport<M> implements Transport<M> {

    /** How long a failed write waits for the peer's last messages; see {@link #writeFailed}. */
    private static final long WRITE_FAILURE_DELAY_MILLIS = 500;

    /** Long messages are written in pieces, so that their progress is visible. */
    private static final int PIECE = 64 * 1024;

    /** The longest message that another thread writes. */
    private static final int SHORT = 1024;

    /** Marks a channel that this side has closed, so that its end is not reported. */
    static final AttributeKey<Boolean> CLOSED_HERE = AttributeKey.valueOf(NettyTransport.class, "closed");

    /** Marks a channel that is closed because its loop is about to end. */
    static final AttributeKey<Boolean> LOOPS_CLOSED = AttributeKey.valueOf(NettyTransport.class, "loops");

    private final Channel channel;
    /** The channel's socket, if other threads may write to it. */
    private final @Nullable SocketChannel socket;

    private final MessageCodec<M> codec;
    private final int maxOutboundSize;
    private final boolean fileDescriptors;
    private final boolean tls;
    private final TransportListener<M> listener;
    private @Nullable ChannelFuture lastWrite;
    private long written;
    /** Whether the end of the stream was reported because of a failed write. */
    private boolean endReported;

    NettyTransport(
            Channel channel,
            @Nullable SocketChannel socket,
            MessageCodec<M> codec,
            ProtocolOptions options,
            boolean tls,
            TransportListener<M> listener) {
        this.channel = channel;
        this.socket = tls ? null : socket;
        this.codec = codec;
        this.maxOutboundSize = options.maxOutboundSize();
        this.fileDescriptors = options.fileDescriptors();
        this.tls = tls;
        this.listener = listener;
    }

    /**
     * Flushes earlier messages if the next one has a file descriptor. Such a message is written alone, so that the
     * descriptor travels with its own bytes.
     */
    @Override
    public boolean makeRoom(M next) {
        return channel.isWritable() && (codec.attachment(next) == null || drain());
    }

    /** Flushes. {@return whether the system has taken all bytes written before} */
    private boolean drain() {
        ChannelFuture last = lastWrite;
        if (last != null && !last.isDone()) {
            channel.flush();
        }
        return last == null || last.isDone();
    }

    @Override
    public void write(M message) {
        FileDescriptor attachment = codec.attachment(message);
        if (attachment == null) {
            lastWrite = write(encode(message));
            return;
        }
        if (!fileDescriptors) { // the library may be missing then
            throw new IllegalArgumentException("a file descriptor needs a client built with fileDescriptors(true)");
        }
        if (!attachment.valid()) {
            throw new IllegalArgumentException("its file descriptor is closed");
        }
        lastWrite = channel.writeAndFlush(new FrameWithDescriptor(encode(message), attachment));
    }

    private ByteBuf encode(M message) {
        try (FrameOutputStream out = FrameOutputStream.open(channel.alloc(), maxOutboundSize)) {
            codec.encode(message, out);
            return out.takeFrame();
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private ChannelFuture write(ByteBuf frame) {
        written += frame.readableBytes();
        while (frame.readableBytes() > PIECE) {
            channel.write(frame.readRetainedSlice(PIECE));
        }
        return tls && frame.isReadable() ? writeInTwoRecords(frame) : channel.write(frame);
    }

    /**
     * Sends a message's last byte as a TLS record of its own. QEMU up to 7.2 reads one byte per socket event, and no
     * event follows for bytes that its TLS library holds already. Otherwise it would wait for the end of the message
     * for ever.
     */
    private ChannelFuture writeInTwoRecords(ByteBuf frame) {
        ByteBuf body = frame.readRetainedSlice(frame.readableBytes() - 1);
        channel.writeAndFlush(body);
        return channel.write(frame);
    }

    @Override
    public void flush(Runnable done) {
        channel.flush();
        ChannelFuture last = lastWrite;
        if (last == null) {
            return;
        }
        if (last.isSuccess()) {
            lastWrite = null; // an idle connection keeps nothing of it
            done.run(); // the usual case: the system has accepted all bytes at once
        } else {
            last.addListener(written -> ended(written, done));
        }
    }

    private void ended(Future<?> write, Runnable done) {
        if (write.isSuccess()) {
            done.run();
        } else {
            writeFailed(write.cause());
        }
    }

    @Override
    public long taken() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? written : written - waiting.totalPendingWriteBytes();
    }

    /**
     * Reports a failed write after a short delay, because the peer may have sent messages before it closed the
     * connection. The reader can process them and the end of the stream first. But junixsocket closes its socket at a
     * broken pipe, which Netty does not notice. Then {@link StreamEnd} reads those messages, and the stream ends.
     */
    void writeFailed(Throwable cause) {
        if (channel.isOpen()) {
            channel.eventLoop()
                    .schedule(
                            () -> listener.failed(
                                    new ConnectionLostException("cannot write: " + Text.messageOf(cause), cause)),
                            WRITE_FAILURE_DELAY_MILLIS,
                            TimeUnit.MILLISECONDS);
        } else if (!channel.closeFuture().isDone() && !endReported) {
            endReported = true;
            channel.eventLoop().execute(channel.pipeline()::fireChannelInactive);
        }
    }

    @Override
    public @Nullable DirectOutput<M> directOutput() {
        return socket == null ? null : new DirectSocketOutput<>(socket, codec, Math.min(maxOutboundSize, SHORT), this);
    }

    /** Queues bytes that another thread could not write. */
    void writeRest(ByteBuf rest) {
        lastWrite = write(rest);
    }

    @Override
    public void close() {
        channel.attr(CLOSED_HERE).set(true);
        OpenChannels.close(channel).addListener(closed -> {
            if (!closed.isSuccess()) {
                listener.failed(new ConnectionLostException(
                        "closing failed: " + Text.messageOf(closed.cause()), closed.cause()));
            }
        });
    }
}
