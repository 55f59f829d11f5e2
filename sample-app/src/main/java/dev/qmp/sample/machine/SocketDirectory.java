package dev.qmp.sample.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory that only this user can enter: who can reach a monitor's socket, commands the machine. */
final class SocketDirectory {

    private final Path path;

    SocketDirectory(Path path) {
        this.path = path;
    }

    /** Makes the directory; fails if there is anything of that name, since it might be somebody else's. */
    void create() {
        try {
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the directory for the machines' sockets", e);
        }
    }

    void delete() {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the directory of the machines' sockets", e);
        }
    }
}
