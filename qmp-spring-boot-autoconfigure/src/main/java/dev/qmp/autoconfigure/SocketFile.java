package dev.qmp.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A socket as it was found in a folder. Another one under the same name, which a machine that is started anew makes, is
 * not equal.
 *
 * @param path where it is
 * @param key which file it is, if the file system tells
 * @param created when it was made
 */
record SocketFile(Path path, @Nullable Object key, FileTime created) {

    /** {@return the socket, if there is one} */
    static Optional<SocketFile> at(Path path) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.isOther()
                    ? Optional.of(new SocketFile(path, attributes.fileKey(), attributes.creationTime()))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // it went while we looked
        }
    }
}
