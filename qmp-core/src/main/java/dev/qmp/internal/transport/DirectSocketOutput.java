package dev.qmp.internal.transport;

import dev.qmp.internal.engine.DirectOutput;
import dev.qmp.protocol.MessageCodec;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Writes short messages to the socket of a {@link NettyTransport}, past Netty, which lets only its loop write. The
 * socket does not block.
 *
 * @param <M> the protocol's message
 */
final class DirectSocketOutput<M> implements DirectOutput<M> {

    private final SocketChannel socket;
    private final MessageCodec<M> codec;
    private final NettyTransport<M> transport;
    private final Frame frame;
    /** Null if the last write did not fail. */
    private @Nullable Throwable failure;

    DirectSocketOutput(SocketChannel socket, MessageCodec<M> codec, int longest, NettyTransport<M> transport) {
        this.socket = socket;
        this.codec = codec;
        this.transport = transport;
        this.frame = new Frame(longest);
    }

    /** The bytes of one message. The array is used again and again. */
    private static final class Frame extends ByteArrayOutputStream {

        private final int longest;
        private ByteBuffer bytes = ByteBuffer.allocate(0);

        Frame(int longest) {
            super(Math.min(128, longest));
            this.longest = longest;
        }

        @Override
        public synchronized void write(int octet) {
            makeRoom(1);
            super.write(octet);
        }

        @Override
        public synchronized void write(byte[] source, int offset, int length) {
            makeRoom(length);
            super.write(source, offset, length);
        }

        private void makeRoom(int length) {
            if (length > longest - count) {
                throw new IllegalArgumentException("it is longer than " + longest + " bytes");
            }
        }

        /** {@return the bytes that are not written yet, in a view of the array} */
        ByteBuffer unwritten() {
            return bytes;
        }

        void complete() {
            if (bytes.array() != buf) {
                bytes = ByteBuffer.wrap(buf);
            }
            bytes.limit(count).position(0);
        }
    }

    @Override
    public void encode(M message) {
        frame.reset();
        try {
            codec.encode(message, frame);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
        frame.complete();
    }

    @Override
    public boolean write() {
        ByteBuffer bytes = frame.unwritten();
        try {
            socket.write(bytes);
            return !bytes.hasRemaining();
        } catch (Throwable e) { // "cannot reserve memory" is an error
            failure = e;
            return false;
        }
    }

    @Override
    public void writeRest() {
        if (failure == null) {
            transport.writeRest(Unpooled.copiedBuffer(frame.unwritten()));
        } else {
            transport.writeFailed(failure);
        }
    }
}
