package dev.qmp.testing;

import dev.qmp.protocol.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A real guest agent for a test, that takes this system for its guest. Ask it nothing that changes anything. */
public final class GuestAgent implements AutoCloseable {

    private final Path folder;
    private Process process;

    private GuestAgent(Path folder) {
        this.folder = folder;
    }

    /** {@return an agent that listens in a folder of its own} */
    public static GuestAgent start() {
        try {
            GuestAgent agent = new GuestAgent(Files.createTempDirectory("qga"));
            agent.restart();
            return agent;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path socket() {
        return folder.resolve("s");
    }

    /** {@return where it listens} */
    public Endpoint endpoint() {
        return Endpoint.unix(socket());
    }

    /** Starts it (again) and waits until it is there. */
    public void restart() {
        kill();
        try {
            Files.deleteIfExists(socket());
            process = new ProcessBuilder(
                            Tool.GUEST_AGENT
                                    .find()
                                    .orElseThrow(() -> new IllegalStateException(Tool.GUEST_AGENT.missing()))
                                    .toString(),
                            "-m",
                            "unix-listen",
                            "-p",
                            socket().toString(),
                            "-t",
                            folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Awaitility.await("the guest agent listens; its log: " + folder.resolve("log"))
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Qemu.isListening(socket()));
    }

    /** Kills it as {@code kill -9} does. */
    public void kill() {
        if (process != null) {
            ToolProcess.kill(process);
        }
    }

    /** Stops the process as {@code kill -STOP} does. */
    public void freeze() {
        signal("STOP");
    }

    /** Has the process run again. */
    public void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
        ToolProcess.delete(folder);
    }
}
