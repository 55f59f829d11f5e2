package dev.qmp.internal.transport;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Looks at the files of Unix sockets outside the event loops. A file system can hang: a mount of NFS whose server is
 * away, or one in user space. The connect itself is on the loop, so a hang that begins between both stops the loop.
 */
final class SocketFiles {

    private final BlockingCalls<Path, Path> checks;
    private final BlockingCalls<Path, Optional<String>> obstacles;

    SocketFiles(Executor threads) {
        this(threads, UnixSocketFiles::checkToDial, SocketFiles::look);
    }

    private static Optional<String> look(Path path) {
        String obstacle = UnixSocketFiles.obstacleToDial(path);
        if (obstacle == null) {
            BusySocketText.learn(); // the socket may be busy, and the system's text for it is needed
        }
        return Optional.ofNullable(obstacle);
    }

    /**
     * Creates one with other looks.
     *
     * @param check throws if the path cannot be dialled
     * @param obstacle the reason why it could not be dialled
     */
    SocketFiles(
            Executor threads,
            BlockingCalls.Call<Path, Path> check,
            BlockingCalls.Call<Path, Optional<String>> obstacle) {
        this.checks = new BlockingCalls<>(check, threads);
        this.obstacles = new BlockingCalls<>(obstacle, threads);
    }

    /**
     * {@return the path, when its file system has answered} Fails with a {@link
     * dev.qmp.protocol.QmpConnectException} if the file is not a socket.
     */
    CompletableFuture<Path> check(Path path) {
        return checks.ask(path);
    }

    /** {@return the reason in the file system why a socket could not be dialled, if there is one} */
    CompletableFuture<Optional<String>> obstacle(Path path) {
        return obstacles.ask(path);
    }
}
