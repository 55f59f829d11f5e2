package dev.qmp.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.WritableByteChannel;
import org.newsclub.net.unix.AFUNIXSocketChannel;

/**
 * A frame whose first byte carries a file descriptor. junixsocket forgets the descriptor with the next write, even if
 * the system accepts no byte of it. So it is attached to each write until the first byte is written. For Netty it is a
 * file region, because such an object writes itself.
 */
final class FrameWithDescriptor extends AbstractReferenceCounted implements FileRegion {

    private final ByteBuf frame;
    private final int length;
    private final FileDescriptor descriptor;

    FrameWithDescriptor(ByteBuf frame, FileDescriptor descriptor) {
        this.frame = frame;
        this.length = frame.readableBytes();
        this.descriptor = descriptor;
    }

    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
        if (position == 0 && descriptor.valid()) { // a caller that cancelled may have closed it
            ((AFUNIXSocketChannel) target).setOutboundFileDescriptors(descriptor);
        }
        return frame.readBytes((GatheringByteChannel) target, frame.readableBytes());
    }

    @Override
    public long count() {
        return length;
    }

    @Override
    public long transferred() {
        return (long) length - frame.readableBytes();
    }

    @Deprecated // Netty deprecates it for its spelling
    @Override
    @SuppressWarnings("InlineMeSuggester")
    public long transfered() {
        return transferred();
    }

    @Override
    public long position() {
        return 0;
    }

    @Override
    protected void deallocate() {
        frame.release();
    }

    @Override
    public FileRegion retain() {
        super.retain();
        return this;
    }

    @Override
    public FileRegion retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public FileRegion touch() {
        frame.touch();
        return this;
    }

    @Override
    public FileRegion touch(Object hint) {
        frame.touch(hint);
        return this;
    }
}
