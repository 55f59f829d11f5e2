package dev.qmp.internal.transport;

import dev.qmp.error.Text;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The path of a Unix socket in a form that the system accepts. Java allows 106 bytes. QEMU binds 108, and the mounts of
 * a container can make a path even longer. Such a path is replaced by one through a temporary symbolic link to its
 * folder, which {@link #close()} removes.
 */
final class SocketPath implements AutoCloseable {

    private static final int MAX_BYTES = 106;

    /** How the JDK writes the names of files. */
    private static final Charset CHARSET =
            Charset.forName(System.getProperty("sun.jnu.encoding", StandardCharsets.UTF_8.name()));

    private final Path path;
    private final @Nullable Path link;

    private SocketPath(Path path, @Nullable Path link) {
        this.path = path;
        this.link = link;
    }

    static SocketPath of(Path path) {
        if (bytes(path) <= MAX_BYTES) {
            return new SocketPath(path, null);
        }
        Path folder = path.getParent();
        if (folder == null) {
            return new SocketPath(path, null);
        }
        Path home = null;
        try {
            home = Files.createTempDirectory("qmp");
            Path link = Files.createSymbolicLink(home.resolve("d"), folder);
            Path linked = link.resolve(path.getFileName());
            if (bytes(linked) <= MAX_BYTES) {
                return new SocketPath(linked, link);
            }
            Files.delete(link);
            Files.delete(home);
            throw tooLong(path, false, "; use a shorter file name", null);
        } catch (IOException | UnsupportedOperationException e) {
            if (home != null) {
                home.toFile().delete();
            }
            throw tooLong(
                    path,
                    true,
                    ", and no link to its folder could be made in " + temporaryFolder() + ": "
                            + Text.printableSentence(e.toString()),
                    e);
        }
    }

    private static String temporaryFolder() {
        return System.getProperty("java.io.tmpdir", "the folder for temporary files");
    }

    /** Measures a longer copy, because a path keeps its text, and a connection keeps its path. */
    private static int bytes(Path path) {
        String longer = path.resolve("-").toString();
        return longer.getBytes(CHARSET).length - "/-".length();
    }

    private static QmpConnectException tooLong(Path path, boolean retryable, String why, @Nullable Throwable cause) {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT,
                retryable,
                "cannot use " + Text.printableSentence("unix:" + path) + ": the path has " + bytes(path)
                        + " bytes, Java's sockets take " + MAX_BYTES + why,
                cause);
    }

    /** {@return the path for the system} */
    Path path() {
        return path;
    }

    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(path);
    }

    /** Removes the link. Call it when the system has used the path. */
    @Override
    public void close() {
        if (link != null) {
            Path home = link.getParent();
            link.toFile().delete();
            if (home != null) {
                home.toFile().delete();
            }
        }
    }
}
