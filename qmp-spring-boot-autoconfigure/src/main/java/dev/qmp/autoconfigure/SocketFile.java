package dev.qmp.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A socket found in a folder. A new socket with the same name, made by a restarted machine, is not equal.
 *
 * @param path its path
 * @param key its file key, null if the file system has none
 * @param created its creation time
 */
record SocketFile(Path path, @Nullable Object key, FileTime created) {

    /**
     * {@return the socket, empty if it does not exist}
     *
     * @throws IOException if that is unknown, for example because of a permission
     */
    static Optional<SocketFile> at(Path path) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.isOther()
                    ? Optional.of(new SocketFile(path, attributes.fileKey(), attributes.creationTime()))
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty(); // removed during the scan
        }
    }
}
