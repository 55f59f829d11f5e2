package dev.qmp.internal.transport;

import dev.qmp.error.Text;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the reason of a failure with a Unix socket in the file system. The system's own text is short, or in its user's
 * language.
 */
final class UnixSocketFiles {

    /** The bits of a Unix file mode with the file's type, and their value for a socket. */
    private static final int FILE_TYPE = 0170000;

    private static final int SOCKET = 0140000;

    private UnixSocketFiles() {}

    /**
     * {@return the given path}
     *
     * @throws QmpConnectException if there is a file, and it is not a socket
     */
    static Path checkToDial(Path path) {
        BasicFileAttributes attributes = attributes(path);
        if (attributes != null && !isSocket(path, attributes)) {
            throw failure(path, attributes.isDirectory() ? "a directory, not a socket" : "not a socket", null);
        }
        return path;
    }

    /** Prepares a path for a new socket: removes a socket without a server, and refuses any other file. */
    static SocketPath pathToBind(Path path) {
        SocketPath free = SocketPath.of(path);
        try {
            makeRoom(path, free.address());
            return free;
        } catch (RuntimeException e) {
            free.close();
            throw e;
        }
    }

    private static void makeRoom(Path path, UnixDomainSocketAddress address) {
        BasicFileAttributes attributes = attributes(path);
        if (attributes == null) {
            return;
        }
        if (!isSocket(path, attributes)) {
            throw failure(path, "a file is in the way, and it is not a socket", null);
        }
        if (isServed(address)) {
            throw failure(path, "another program listens there", null);
        }
        remove(path);
    }

    /** {@return the reason in the file system why a socket cannot be dialled; null if there is none} */
    static @Nullable String obstacleToDial(Path path) {
        String onTheWay = obstacleOnTheWayTo(path);
        if (onTheWay != null) {
            return onTheWay;
        }
        if (Files.notExists(path)) {
            return Files.isSymbolicLink(path)
                    ? "a symbolic link to a file that does not exist"
                    : "no such file: the machine is not running, or listens elsewhere";
        }
        return Files.isWritable(path)
                ? null
                : "permission denied: write permission on the socket is needed" + forUser();
    }

    /** {@return the reason in the file system why a socket cannot be created; null if there is none} */
    static @Nullable String obstacleToBind(Path path) {
        String onTheWay = obstacleOnTheWayTo(path);
        Path folder = path.getParent();
        if (onTheWay != null || folder == null || Files.isWritable(folder)) {
            return onTheWay;
        }
        return "permission denied: write permission on the folder " + folder + " is needed" + forUser();
    }

    /**
     * {@return the first folder, from the root on, that is missing, is not a folder, or cannot be entered; null if
     * there is none}
     */
    private static @Nullable String obstacleOnTheWayTo(Path path) {
        Path folder = path.getParent();
        Path step = path.getRoot();
        if (folder == null || step == null) {
            return null;
        }
        for (Path name : folder) {
            step = step.resolve(name);
            if (Files.notExists(step)) {
                return "the folder " + step + " does not exist";
            }
            if (!Files.isDirectory(step)) {
                return step + " is a file, not a folder";
            }
            if (!Files.isExecutable(step)) {
                return "permission denied: execute permission (x) on the folder " + step + " is needed" + forUser();
            }
        }
        return null;
    }

    private static String forUser() {
        return " for the user " + System.getProperty("user.name", "of this process");
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw failure(path, "the old socket cannot be removed: " + e.getMessage(), e);
        }
    }

    /**
     * {@return the key that identifies the file at a path; null if there is none, or the file system has no keys}
     *
     * <p>A socket's file keeps its key while the socket is bound, even after its deletion. So another file cannot have
     * the same key.
     */
    static @Nullable Object key(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** Removes a socket's file, unless another file has replaced it since the call of {@link #key}. */
    static void remove(Path path, @Nullable Object key) {
        if (Objects.equals(key(path), key)) {
            remove(path);
        }
    }

    /**
     * {@return whether a server listens on a socket} Only a refusal proves that none does. A busy socket, or one
     * without permission, belongs to a server.
     */
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

    private static boolean isSocket(Path path, BasicFileAttributes attributes) {
        if (!attributes.isOther()) {
            return false;
        }
        try {
            return ((int) Files.getAttribute(path, "unix:mode") & FILE_TYPE) == SOCKET;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return true; // the file system does not distinguish pipes from sockets
        }
    }

    private static @Nullable BasicFileAttributes attributes(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class);
        } catch (IOException e) {
            return null; // missing or not visible: the failure of the dial has the reason
        }
    }

    /** {@return the failure for an abstract socket, because Java's own sockets accept no name with a zero byte} */
    static QmpConnectException abstractNeedsLibrary(Endpoint.Abstract named) {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT,
                false,
                "cannot connect to " + named + ": Java's own sockets have no abstract names; build the client with"
                        + " fileDescriptors(true), and with the library junixsocket on the class path",
                null);
    }

    static QmpConnectException cannotListen(Endpoint endpoint) {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT,
                false,
                "cannot listen on " + endpoint + ": an abstract Unix socket can only be dialled; use a path",
                null);
    }

    private static QmpConnectException failure(Path path, String what, @Nullable Throwable cause) {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT, true, Text.printableSentence("cannot use unix:" + path + ": " + what), cause);
    }
}
