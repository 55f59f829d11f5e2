package dev.qmp.sample.machine;

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
 * A directory that only this user can enter, because access to a monitor's socket is control of the machine.
 *
 * <p>A lock in the directory shows that its owner lives. The operating system releases the lock at the owner's end,
 * also after a kill. So the directories of killed applications are removed when the next one of the kind is created.
 */
final class PrivateDirectory {

    static final String LOCK = "lock";

    private final Path path;
    private @Nullable FileChannel lock;

    /** Creates the object for a path of {@link #path(String)}. The directory does not exist before {@link #create}. */
    PrivateDirectory(Path path) {
        this.path = path;
    }

    /**
     * {@return a path for a directory} The path is short, because a socket's path has about 100 bytes, and cannot be
     * guessed.
     *
     * @param kind the first part of its name
     */
    static Path path(String kind) {
        String random = UUID.randomUUID().toString().substring(0, 18);
        return Path.of(System.getProperty("java.io.tmpdir"), kind + "-" + random);
    }

    /** {@return the path of a file in it} */
    Path resolve(String name) {
        return path.resolve(name);
    }

    /** Creates the directory. Fails if the path exists, because it could be another user's. */
    void create() {
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

    /** Removes the directory with its content. */
    void delete() {
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
