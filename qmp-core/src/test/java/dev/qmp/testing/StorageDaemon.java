package dev.qmp.testing;

import dev.qmp.protocol.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A real storage daemon for a test: a QMP server with block devices, and without a machine. */
public final class StorageDaemon implements AutoCloseable {

    private final Path folder;
    private final Process process;

    private StorageDaemon(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /** {@return a daemon that listens in a folder of its own} */
    public static StorageDaemon start() {
        try {
            Path folder = Files.createTempDirectory("qsd");
            Process process = new ProcessBuilder(
                            Tool.STORAGE_DAEMON
                                    .find()
                                    .orElseThrow(() -> new IllegalStateException(Tool.STORAGE_DAEMON.missing()))
                                    .toString(),
                            "--chardev",
                            "socket,id=qmp,server=on,wait=off,path=" + folder.resolve("s"),
                            "--monitor",
                            "chardev=qmp")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            StorageDaemon daemon = new StorageDaemon(folder, process);
            Awaitility.await("the storage daemon listens; its log: " + folder.resolve("log"))
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> Qemu.isListening(folder.resolve("s")));
            return daemon;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return its monitor} */
    public Endpoint endpoint() {
        return Endpoint.unix(folder.resolve("s"));
    }

    /** {@return its folder, for images} */
    public Path folder() {
        return folder;
    }

    /** {@return whether the process runs} */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Kills it as {@code kill -9} does. */
    public void kill() {
        ToolProcess.kill(process);
    }

    @Override
    public void close() {
        kill();
        ToolProcess.delete(folder);
    }
}
