package dev.qmp.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;

/**
 * A stream into a buffer of limited size. It throws its own exception when it is full, so that other failures are those
 * of the writer.
 */
final class BoundedStream extends ByteBufOutputStream {

    private final ByteBuf buffer;

    BoundedStream(ByteBuf buffer) {
        super(buffer);
        this.buffer = buffer;
    }

    @Override
    public void write(int value) throws IOException {
        makeRoom(1);
        super.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        makeRoom(length);
        super.write(bytes, offset, length);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    private void makeRoom(int length) {
        if (length > buffer.maxWritableBytes()) {
            throw new IllegalArgumentException("it is longer than " + buffer.maxCapacity()
                    + " bytes (maxOutboundSize, of a QMP client maxCommandSize)");
        }
    }
}
