package dev.qmp.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A file of this machine. A received file appears when it is complete. Until then its content is in a file of its own
 * next to it, whose name ends in {@code .part}. So copies to one target at the same time do not mix.
 */
final class LocalFile implements LocalEnd {

    private final FileChannel channel;
    private final @Nullable Path target;
    private final Path path;

    private LocalFile(Path path, @Nullable Path target, StandardOpenOption... options) throws IOException {
        this.channel = FileChannel.open(path, options);
        this.path = path;
        this.target = target;
    }

    static LocalFile toSend(Path path) throws IOException {
        return new LocalFile(path, null, StandardOpenOption.READ);
    }

    static LocalFile toReceive(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "is a directory");
        }
        String own = Long.toHexString(ThreadLocalRandom.current().nextLong());
        // not by createTempFile, because only the owner may read such a file
        return new LocalFile(
                target.resolveSibling(target.getFileName() + "." + own + ".part"),
                target,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
    }

    @Override
    public long size() throws IOException {
        return target == null ? channel.size() : -1;
    }

    @Override
    public byte[] read(long offset, int count) throws IOException {
        return Channels.newInputStream(channel.position(offset)).readNBytes(count);
    }

    @Override
    public void write(long offset, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer, offset + buffer.position());
        }
    }

    @Override
    public void end(boolean success) throws IOException {
        boolean kept = target == null;
        try {
            channel.close();
            if (target != null && success) {
                Files.move(path, target, StandardCopyOption.ATOMIC_MOVE); // it replaces a file, and no directory
                kept = true;
            }
        } finally {
            if (!kept) {
                Files.deleteIfExists(path);
            }
        }
    }
}
