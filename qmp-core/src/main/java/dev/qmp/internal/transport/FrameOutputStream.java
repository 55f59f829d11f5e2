package dev.qmp.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.OutputStream;

/**
 * A stream for one frame of limited size. It throws its own exception when it is full, so that other failures are those
 * of the writer. Each event loop has one stream, with one buffer for a short frame. Long frames, and those that come
 * before the system has taken the last short one, are written to buffers of the allocator.
 */
final class FrameOutputStream extends OutputStream {

    private static final int SHORT = 1024;
    private static final FastThreadLocal<FrameOutputStream> OF_LOOP = new FastThreadLocal<>() {

        @Override
        protected FrameOutputStream initialValue() {
            return new FrameOutputStream(new UnpooledByteBufAllocator(true, true).directBuffer(SHORT, SHORT));
        }

        @Override
        protected void onRemoval(FrameOutputStream stream) {
            stream.kept.release();
        }
    };

    /** The buffer for a short frame. It is free while no frame in it is on its way. */
    private final ByteBuf kept;

    private ByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
    private int limit;
    private ByteBuf frame = Unpooled.EMPTY_BUFFER;
    private boolean open;

    private FrameOutputStream(ByteBuf kept) {
        this.kept = kept;
    }

    /** {@return a stream for a frame of at most so many bytes, to be closed by the same thread} */
    static FrameOutputStream open(ByteBufAllocator allocator, int limit) {
        // another thread would never release the buffer
        FrameOutputStream ofLoop =
                FastThreadLocalThread.currentThreadWillCleanupFastThreadLocals() ? OF_LOOP.get() : null;
        // a codec may have another message encoded while it encodes one
        FrameOutputStream stream =
                ofLoop == null || ofLoop.open ? new FrameOutputStream(Unpooled.EMPTY_BUFFER) : ofLoop;
        boolean isFree = stream.kept.capacity() > 0 && stream.kept.refCnt() == 1;
        stream.allocator = allocator;
        stream.limit = limit;
        stream.frame = isFree ? stream.kept.retain().clear() : allocator.ioBuffer(Math.min(SHORT / 4, limit), limit);
        stream.open = true;
        return stream;
    }

    @Override
    public void write(int value) {
        makeRoom(1);
        frame.writeByte(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        makeRoom(length);
        frame.writeBytes(bytes, offset, length);
    }

    private void makeRoom(int length) {
        if (length > limit - frame.writerIndex()) {
            throw new IllegalArgumentException(
                    "it is longer than " + limit + " bytes (maxOutboundSize, of a QMP client maxCommandSize)");
        }
        if (length > frame.maxWritableBytes()) {
            ByteBuf longer =
                    allocator.ioBuffer(frame.writerIndex() + length, limit).writeBytes(frame);
            frame.release();
            frame = longer;
        }
    }

    /** {@return the frame, which the caller releases} */
    ByteBuf takeFrame() {
        ByteBuf taken = frame;
        frame = Unpooled.EMPTY_BUFFER;
        return taken;
    }

    /** Releases the frame, if it was not taken. Nothing can be written any more. */
    @Override
    public void close() {
        frame.release();
        frame = Unpooled.EMPTY_BUFFER;
        limit = 0;
        open = false;
    }
}
