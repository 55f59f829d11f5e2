package dev.qmp.testing;

import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;

/** Keeps QEMU's main loop busy on demand, by a command that waits inside QEMU for a connection to a socket. */
public final class MainLoopBlocker {

    private final Path socket;

    /** Creates a blocker for one QEMU. */
    public MainLoopBlocker(Qemu qemu) {
        this.socket = qemu.folder().resolve("blocker");
    }

    /** {@return the command that is not answered before the release} */
    public QmpCommand command() {
        Map<String, Object> address = Map.of("type", "unix", "data", Map.of("path", socket.toString()));
        Map<String, Object> backend = Map.of("addr", address, "server", true, "wait", true);
        return QmpCommand.of(
                "chardev-add", Map.of("id", "blocker", "backend", Map.of("type", "socket", "data", backend)));
    }

    /** {@return whether the command is being executed, and waits} */
    public boolean isBlocking() {
        return Files.exists(socket);
    }

    /** Lets the command end, once it has begun. */
    public void release() {
        Awaitility.await().ignoreExceptionsInstanceOf(IOException.class).until(() -> {
            try (SocketChannel released = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                return released.connect(UnixDomainSocketAddress.of(socket));
            }
        });
    }
}
