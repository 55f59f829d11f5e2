package dev.qmp.testing;

import dev.qmp.protocol.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real QEMU for a test, without a guest, in a short temporary folder of its own. It can be killed, stopped and
 * started again on the same sockets. A second monitor ({@link #oracle()}) shows which commands were executed.
 */
public final class Qemu implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration REPLY = Duration.ofSeconds(5);
    private static final int ATTEMPTS = 4;
    private static final Path UNIX_SOCKETS = Path.of("/proc/net/unix");
    private static final String LISTENING = " 00010000 ";

    private final Path folder;
    private final List<String> arguments;
    private Process process;

    private Qemu(Path folder, List<String> arguments) {
        this.folder = folder;
        this.arguments = arguments;
    }

    /** {@return a QEMU that is started, with a machine that has nothing} */
    public static Qemu start(String... more) {
        Qemu qemu = prepare(more);
        qemu.restart();
        awaitGreeting(qemu.endpoint());
        return qemu;
    }

    /** Waits until QEMU runs, because a client that connects before may be greeted twice. */
    private static void awaitGreeting(Endpoint monitor) {
        try (RawPeer peer = RawServer.dial(monitor)) {
            peer.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until QEMU executes commands. About one of a thousand that start on a busy machine reads a command and
     * never executes it: in its trace, {@code handle_qmp_command} is not followed by {@code monitor_qmp_cmd_in_band}.
     * All monitors are silent then, until the client leaves. It may close the next client's connection, too.
     */
    private static void awaitReply(Endpoint monitor) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try (RawPeer peer = RawServer.dial(monitor)) {
                CompletableFuture.supplyAsync(() -> {
                            peer.readLine();
                            peer.write("{\"execute\": \"qmp_capabilities\"}\n");
                            return peer.readLine();
                        })
                        .get(REPLY.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                System.out.println("QEMU has started, and does not execute a command: " + monitor);
            } catch (IOException | ExecutionException e) {
                if (attempt == 1) {
                    throw new IllegalStateException("QEMU has started, and its monitor fails: " + monitor, e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** {@return a QEMU that is not running yet} */
    public static Qemu prepare(String... more) {
        return withMachine("none", more);
    }

    /** {@return a QEMU with the given machine (as of {@code -machine}) that is not running yet} */
    public static Qemu withMachine(String machine, String... more) {
        try {
            Path folder = Files.createTempDirectory("qmp");
            List<String> arguments = new ArrayList<>(List.of(
                    Tool.QEMU
                            .find()
                            .orElseThrow(() -> new IllegalStateException(Tool.QEMU.missing()))
                            .toString(),
                    "-machine",
                    machine,
                    "-display",
                    "none",
                    "-nodefaults"));
            arguments.addAll(Arrays.asList(more));
            return new Qemu(folder, arguments);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the folder for this QEMU's files} */
    public Path folder() {
        return folder;
    }

    /** {@return the path of its monitor} */
    public Path socket() {
        return folder.resolve("vm.qmp");
    }

    /** {@return its monitor} */
    public Endpoint endpoint() {
        return Endpoint.unix(socket());
    }

    /** {@return its second monitor} */
    public Endpoint oracle() {
        return Endpoint.unix(folder.resolve("oracle.qmp"));
    }

    /** {@return what it has written to its output since it was started last; its trace goes there} */
    public Path log() {
        return folder.resolve("qemu.log");
    }

    /**
     * Starts it (again) and waits until both monitors listen, and the second one executes commands. About one of ten
     * thousand dies by SIGSEGV when its first client has left; another one is started then.
     */
    public void restart() {
        for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
            begin();
            try {
                awaitReply(oracle());
                return;
            } catch (IllegalStateException e) {
                if (!hasDied()) {
                    throw e;
                }
                System.out.println("QEMU has died at its start: exit code " + exitCode());
            }
        }
        begin();
        awaitReply(oracle());
    }

    /** {@return whether the process has ended, or ends soon} */
    public boolean hasDied() {
        try {
            return process.waitFor(REPLY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void begin() {
        kill();
        try {
            Files.deleteIfExists(socket());
            Files.deleteIfExists(folder.resolve("oracle.qmp"));
            List<String> command = new ArrayList<>(arguments);
            command.addAll(List.of("-qmp", "unix:" + socket() + ",server=on,wait=off"));
            command.addAll(List.of("-qmp", "unix:" + folder.resolve("oracle.qmp") + ",server=on,wait=off"));
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log().toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Awaitility.await("QEMU listens; its log: " + log())
                .atMost(START)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> isListening(socket()) && isListening(folder.resolve("oracle.qmp")));
    }

    /** The file exists before QEMU listens. If the system has more information, that decides. */
    static boolean isListening(Path socket) throws IOException {
        if (!Files.exists(socket) || !Files.exists(UNIX_SOCKETS)) {
            return Files.exists(socket);
        }
        try (Stream<String> sockets = Files.lines(UNIX_SOCKETS, StandardCharsets.ISO_8859_1)) {
            return sockets.anyMatch(line -> line.contains(LISTENING) && line.endsWith(" " + socket));
        }
    }

    /** Kills it as {@code kill -9} does: no event, no goodbye, the socket files stay. */
    public void kill() {
        if (process != null) {
            ToolProcess.kill(process);
        }
    }

    /**
     * Stops the process as {@code kill -STOP} does, and waits until all of its threads have stopped, where that can be
     * seen.
     */
    public void freeze() {
        signal("STOP");
        Path threads = Path.of("/proc", Long.toString(pid()), "task");
        if (Files.exists(threads)) {
            Awaitility.await()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> areStopped(threads));
        }
    }

    private static boolean areStopped(Path threads) throws IOException {
        try (Stream<Path> all = Files.list(threads)) {
            for (Path thread : (Iterable<Path>) all::iterator) {
                String status = Files.readString(thread.resolve("stat"));
                if (status.charAt(status.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
        }
        return true;
    }

    /** Lets the process go on. */
    public void thaw() {
        signal("CONT");
    }

    /** {@return whether the process runs} */
    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** {@return the exit code; 128 and the signal, if a signal ended it} It must have ended. */
    public int exitCode() {
        return process.exitValue();
    }

    /** {@return the process's id} */
    public long pid() {
        return process.pid();
    }

    private void signal(String name) {
        try {
            int exit = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException("kill -" + name + " failed: " + exit);
            }
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
