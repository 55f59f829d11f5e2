package dev.qmp.sample.directory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * A directory that only this user can enter: who can reach a monitor's socket, commands the machine.
 *
 * <p>A lock in it says that its owner lives. The system takes the lock away however the owner ends, so that what a killed
 * application has left behind is removed when the next directory of the kind is made.
 */
public final class PrivateDirectory {

    static final String LOCK = "lock";

    private final Path path;
    private @Nullable FileChannel lock;

    /** For a path made by {@link #path(String)}. Nothing is there until the directory is created. */
    public PrivateDirectory(Path path) {
        this.path = path;
    }

    /**
     * {@return where a directory can be} The path is short, as those of sockets have about 100 bytes, and cannot be guessed.
     *
     * @param kind what its name begins with
     */
    public static Path path(String kind) {
        String random = UUID.randomUUID().toString().substring(0, 18);
        return Path.of(System.getProperty("java.io.tmpdir"), kind + "-" + random);
    }

    /** {@return the path of a file in it} */
    public Path resolve(String name) {
        return path.resolve(name);
    }

    /** Makes the directory; fails if there is anything of that name, since it might be somebody else's. */
    public void create() {
        try {
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            AbandonedDirectories.LIVE.add(path);
            FileChannel channel =
                    FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            channel.lock();
            lock = channel;
            AbandonedDirectories.removeLike(path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the directory " + path, e);
        }
    }

    /** Removes the directory with all that is in it. */
    public void delete() {
        try {
            FileSystemUtils.deleteRecursively(path);
            if (lock != null) {
                lock.close();
            }
            AbandonedDirectories.LIVE.remove(path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the directory " + path, e);
        }
    }
}
