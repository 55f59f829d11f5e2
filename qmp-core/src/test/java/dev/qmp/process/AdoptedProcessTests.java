package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.Waits;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that another program has started. The parent does not read the exit code, as a container's first process.
 */
@Timeout(30)
@EnabledOnOs(value = OS.LINUX, disabledReason = "reads the status of processes in /proc")
class AdoptedProcessTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final Process parent;
    private final long pid;

    AdoptedProcessTests() throws IOException {
        parent = new ProcessBuilder("sh", "-c", "sleep 100 & echo $!; exec sleep 1000").start();
        BufferedReader output = parent.inputReader();
        pid = Long.parseLong(output.readLine());
        await().until(() ->
                Programs.commandLineOf(parent.toHandle()).startsWith("sleep")); // a shell may read exit codes
    }

    @AfterEach
    void endParent() {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        parent.destroyForcibly();
    }

    @Test
    @DisplayName("a process has ended, although it keeps its id until its parent reads the exit code")
    void endsWithoutItsParent() {
        try (QmpClient client =
                QmpClient.builder(Endpoint.unix(directory.resolve("vm.qmp"))).build()) {
            QemuProcess machine = QemuProcess.adopt(client, pid);
            assertThat(machine.isAlive()).isTrue();
            assertThat(machine.onExit()).isNotDone();

            assertThat(machine.kill()).succeedsWithin(SOON);

            assertThat(machine.isAlive()).isFalse();
            assertThat(machine.onExit()).succeedsWithin(SOON);
            assertThat(machine.stop()).succeedsWithin(SOON).matches(stop -> stop.step() == QemuStop.Step.ALREADY_ENDED);
            assertThat(ProcessHandle.of(pid)).as("its id is still in use").isPresent();
        }
    }

    @Test
    @DisplayName("all objects for one process share its end until it has ended")
    void sharesTheEnd() {
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        CompletableFuture<ProcessHandle> end = QemuProcess.endOf(process);
        assertThat(QemuProcess.endOf(process)).isSameAs(end);

        process.destroyForcibly();

        assertThat(end).succeedsWithin(SOON).isEqualTo(process);
        await().until(() -> QemuProcess.endOf(process) != end);
        assertThat(QemuProcess.endOf(process)).isCompleted();
    }

    @Test
    @DisplayName("the end of a process that has no id any more is known at once")
    void knowsAnEarlierEnd() throws Exception {
        Process child = new ProcessBuilder("true").start();
        ProcessHandle process = child.toHandle();
        child.waitFor();
        await().until(() -> !process.isAlive());

        assertThat(QemuProcess.endOf(process)).isCompletedWithValue(process).isNotSameAs(QemuProcess.endOf(process));
    }

    @Test
    @DisplayName("a process has ended if another one has got its id")
    void anIdIsUsedAgain() {
        ProcessHandle successor = ProcessHandle.of(pid).orElseThrow();
        ProcessHandle process = (ProcessHandle) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ProcessHandle.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "pid" -> pid;
                    case "isAlive" -> false; // the JDK compares the times of the start
                    case "onExit" -> successor.onExit();
                    case "hashCode" -> 1;
                    case "equals" -> proxy == arguments[0];
                    default -> throw new UnsupportedOperationException(method.getName());
                });

        assertThat(QemuProcess.endOf(process)).isDone();
        assertThat(QemuProcess.endOf(successor)).isNotDone();
    }

    @Test
    @DisplayName("a process that ends before it receives a signal was not terminated by one")
    void endsBeforeTheSignal() {
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        QmpServer server = QmpServer.builder("tcp:127.0.0.1:0")
                .handler("quit", given -> {
                    process.destroyForcibly();
                    await().until(() -> Programs.isZombie(process));
                    throw new CommandRejection("not now");
                })
                .start();
        try (server;
                QmpClient client = QmpClient.builder(server.endpoint()).build()) {
            client.blocking().connect();
            QemuProcess machine = QemuProcess.adopt(client, pid);
            assertThat(machine.stop()).succeedsWithin(SOON).matches(stop -> stop.step() == QemuStop.Step.ALREADY_ENDED);
        }
    }

    @Test
    @DisplayName("a process that survives SIGKILL: kill and stop fail, and it can end later")
    void survivesItsKill() {
        try (StubbornProcess process = new StubbornProcess();
                QmpClient client = QmpClient.builder(Endpoint.unix(directory.resolve("vm.qmp")))
                        .build()) {
            QemuProcess machine = process.adopt(client);
            assertSurvival(machine.kill());
            assertSurvival(machine.stop(Duration.ofMillis(1), Duration.ofMillis(1)));
            assertThat(machine.isAlive()).isTrue();
            assertThat(machine.onExit()).isNotDone();

            process.close();
            assertThat(machine.onExit()).succeedsWithin(SOON);
        }
    }

    private static void assertSurvival(CompletableFuture<?> ended) {
        assertThat(ended)
                .failsWithin(SOON)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(QemuProcessException.class)
                .withMessageEndingWith("after SIGKILL; it waits in the kernel, or belongs to another user");
    }

    private void assertAdoptedByItsIdOnly(QmpClient listening, String reason) {
        listening.start();
        await().until(() -> listening.status().listeningOn() != null);
        assertThatExceptionOfType(QemuProcessException.class)
                .isThrownBy(() -> QemuProcess.adopt(listening))
                .withMessage(reason + " " + listening.endpoint() + "; give the process id");

        assertThat(QemuProcess.adopt(listening, pid).pid()).isEqualTo(pid);
    }

    @Test
    @DisplayName("if the client listens and QEMU connects, QEMU is adopted by its process id, and not without one")
    void adoptsAProcessThatConnects() {
        try (QmpClient client = QmpClient.builder(Endpoint.unix(directory.resolve("vm.qmp")))
                .mode(ConnectMode.LISTEN)
                .build()) {
            assertAdoptedByItsIdOnly(client, "no process but this JVM was found that listens at");
        }
    }

    @Test
    @DisplayName("a process without the socket is refused if another one listens")
    void refusesAnotherProcess() throws IOException {
        Path socket = directory.resolve("vm.qmp");
        Process listener = listenerAt(socket);
        try (QmpClient client = QmpClient.builder(Endpoint.unix(socket)).build()) {
            assertThatExceptionOfType(QemuProcessException.class)
                    .isThrownBy(() -> QemuProcess.adopt(client, pid))
                    .withMessageStartingWith("process " + pid + " does not listen at " + client.endpoint());
            assertThat(QemuProcess.adopt(client).pid()).isEqualTo(listener.pid());
        } finally {
            listener.destroyForcibly();
        }
    }

    @Test
    @DisplayName("a process whose socket's file was removed is not adopted if this JVM listens at the path now")
    void refusesTheOwnerOfARemovedSocket() throws IOException {
        Path socket = directory.resolve("vm.qmp");
        Process older = listenerAt(socket);
        Files.delete(socket);
        try (QmpClient client = QmpClient.builder(Endpoint.unix(socket))
                .mode(ConnectMode.LISTEN)
                .build()) {
            assertAdoptedByItsIdOnly(client, "more than one process was found that listens at");
        } finally {
            older.destroyForcibly();
        }
    }

    /** The main class of another JVM that listens at a Unix socket. */
    public static final class Listener {

        private Listener() {}

        /** Takes the socket's path. */
        public static void main(String[] arguments) throws IOException {
            try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.bind(UnixDomainSocketAddress.of(arguments[0]));
                System.out.println("bound");
                channel.accept();
            }
        }
    }

    private static Process listenerAt(Path socket) throws IOException {
        Process jvm = jvm(Listener.class, socket.toString());
        assertThat(jvm.inputReader().readLine()).isEqualTo("bound");
        return jvm;
    }

    private static Process jvm(Class<?> main, String argument) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:ActiveProcessorCount=4", // with one or two, the JDK makes a thread for each task
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        argument)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Another JVM, whose application has filled the common pool with tasks that block. */
    static final class BusyPool {

        private BusyPool() {}

        public static void main(String[] arguments) throws Exception {
            for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
                CompletableFuture.runAsync(() -> Waits.awaitUninterruptibly(new CountDownLatch(1)));
            }
            Process child = new ProcessBuilder("sleep", "100").start();
            CompletableFuture<ProcessHandle> ended = QemuProcess.endOf(child);
            try (QmpClient client =
                    QmpClient.builder(Endpoint.unix(Path.of("vm.qmp"))).build()) {
                QemuProcess.adopt(client, Long.parseLong(arguments[0])).kill().get(20, TimeUnit.SECONDS);
            }
            child.destroyForcibly();
            ended.get(20, TimeUnit.SECONDS);
            System.out.println("noticed both ends");
        }
    }

    @Test
    @DisplayName("the end of a process is noticed while an application's blocking tasks fill the common pool")
    void noticesTheEndWithABusyPool() throws IOException {
        Process jvm = jvm(BusyPool.class, Long.toString(pid));
        try {
            assertThat(jvm.inputReader().lines()).contains("noticed both ends");
        } finally {
            jvm.destroyForcibly();
        }
    }

    @Test
    @DisplayName("this JVM is not adopted, because it can neither be stopped nor killed")
    void doesNotAdoptItself() {
        try (QmpServer server = QmpServer.builder(
                                Endpoint.unix(directory.resolve("vm.qmp")).toString())
                        .start();
                QmpClient client = QmpClient.builder(server.endpoint()).build()) {
            assertThatExceptionOfType(QemuProcessException.class)
                    .isThrownBy(() -> QemuProcess.adopt(client))
                    .withMessageStartingWith("no process but this JVM was found that listens at " + server.endpoint());
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            QemuProcess.adopt(client, ProcessHandle.current().pid()))
                    .withMessageStartingWith("pid must be that of a QEMU");
        }
    }
}
