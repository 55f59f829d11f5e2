package dev.qmp.internal.transport;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the file system says of a Unix socket, before the system's own, often silent, answer. */
final class UnixSocketFiles {

    /** What Java allows; the system has two more. */
    private static final int MAX_PATH_BYTES = 106;

    /** The bits of a Unix file mode that say what it is, and what they say of a socket. */
    private static final int FILE_TYPE = 0170000;

    private static final int SOCKET = 0140000;

    private UnixSocketFiles() {}

    static UnixDomainSocketAddress addressToDial(Path path) {
        UnixDomainSocketAddress address = address(path);
        BasicFileAttributes attributes = attributes(path);
        if (attributes != null && !isSocket(path, attributes)) {
            throw failure(path, false, attributes.isDirectory() ? "a directory, not a socket" : "not a socket", null);
        }
        return address;
    }

    /** Makes room for a new socket: removes one that nobody serves, and refuses to remove anything else. */
    static UnixDomainSocketAddress addressToBind(Path path) {
        UnixDomainSocketAddress address = address(path);
        BasicFileAttributes attributes = attributes(path);
        if (attributes == null) {
            return address;
        }
        if (!isSocket(path, attributes)) {
            throw failure(path, false, "a file is in the way, and it is not a socket", null);
        }
        if (isServed(address)) {
            throw failure(path, true, "another program listens there", null);
        }
        remove(path);
        return address;
    }

    /** {@return whether the folder lets us make a socket, as far as can be known} */
    static boolean mayBind(Path path) {
        Path folder = path.toAbsolutePath().getParent();
        return folder == null || !Files.exists(folder) || Files.isWritable(folder);
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw failure(path, false, "the old socket cannot be removed: " + e.getMessage(), e);
        }
    }

    /**
     * {@return what tells the file at a path from any other; null if there is none, or the file system cannot tell}
     *
     * <p>A socket's file keeps its number for as long as the socket is bound, even once it is deleted: another one's
     * cannot have the same.
     */
    static @Nullable Object key(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** Removes a socket's file, unless another one has taken its place since {@link #key} was asked. */
    static void remove(Path path, @Nullable Object key) {
        if (Objects.equals(key(path), key)) {
            remove(path);
        }
    }

    /** Only a refusal says that nobody is there: a socket that is busy, or not for us to use, is somebody's. */
    private static boolean isServed(UnixDomainSocketAddress address) {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(address);
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static UnixDomainSocketAddress address(Path path) {
        int length = path.toString().getBytes(Charset.defaultCharset()).length;
        if (length > MAX_PATH_BYTES) {
            throw failure(
                    path,
                    false,
                    "the path has " + length + " bytes, a socket's may have " + MAX_PATH_BYTES
                            + "; use a shorter directory",
                    null);
        }
        return UnixDomainSocketAddress.of(path);
    }

    private static boolean isSocket(Path path, BasicFileAttributes attributes) {
        if (!attributes.isOther()) {
            return false;
        }
        try {
            return ((int) Files.getAttribute(path, "unix:mode") & FILE_TYPE) == SOCKET;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return true; // a file system that does not tell pipes from sockets
        }
    }

    private static @Nullable BasicFileAttributes attributes(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class);
        } catch (IOException e) {
            return null; // not there, or not for us to see: the system's answer to the dial will tell
        }
    }

    private static QmpConnectException failure(Path path, boolean retryable, String what, @Nullable Throwable cause) {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT, retryable, "cannot use unix:" + path + ": " + what, cause);
    }
}
