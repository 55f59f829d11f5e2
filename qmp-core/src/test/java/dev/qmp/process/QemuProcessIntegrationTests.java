package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.SessionEnd;
import dev.qmp.message.QmpCommand;
import dev.qmp.process.QemuStartException.Reason;
import dev.qmp.process.QemuStop.Step;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Real QEMUs that are started, stopped, killed and adopted. */
@Timeout(60)
@RequiresQemu
class QemuProcessIntegrationTests {

    @TempDir
    private Path directory;

    private final List<QemuProcess> machines = new ArrayList<>();

    @AfterEach
    void leavesNothing() throws Exception {
        for (QemuProcess machine : machines) {
            machine.kill().get(20, TimeUnit.SECONDS);
        }
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    private QemuLauncher launcher(String... more) {
        return QemuLauncher.of("qemu-system-x86_64", "-machine", "none", "-display", "none", "-nodefaults")
                .withArguments(more)
                .withName("vm1")
                .withDirectory(directory);
    }

    private QemuProcess start() {
        QemuProcess machine = launcher().startAndWait();
        machines.add(machine);
        return machine;
    }

    @Test
    void startsAnswersAndQuits() throws Exception {
        QemuProcess machine = start();
        assertThat(machine.client().blocking().execute(QueryStatus.command()).running())
                .isTrue();
        assertThat(machine.isAlive()).isTrue();
        QemuStop stop = machine.stop().get(20, TimeUnit.SECONDS);
        assertThat(stop.step()).isEqualTo(Step.QUIT);
        assertThat(stop.exit().code()).isZero();
        assertThat(stop.exit().session().shutdownReason()).isEqualTo("host-qmp-quit");
        assertThat(machine.isAlive()).isFalse();
        assertThat(machine.client().runstate()).isEqualTo(Runstate.IDLE);
        assertThat(machine.stop().get(20, TimeUnit.SECONDS).step()).isEqualTo(Step.ALREADY_ENDED);
    }

    @Test
    void reportsWhatQemuSaysOfBadArguments() {
        assertThatExceptionOfType(QemuStartException.class)
                .isThrownBy(() -> launcher("-device", "nonsense").startAndWait())
                .withMessageContaining("exit code 1")
                .withMessageContaining("'nonsense' is not a valid device model name")
                .matches(failure -> failure.reason() == Reason.EXITED);
    }

    @Test
    void reportsAMachineThatIsKilled() throws Exception {
        QemuProcess machine = start();
        ProcessHandle.of(machine.pid()).orElseThrow().destroyForcibly();
        QemuExit exit = machine.onExit().get(20, TimeUnit.SECONDS);
        assertThat(exit.signal()).hasValue(9);
        assertThat(exit.session().kind()).isIn(SessionEnd.Kind.CONNECTION_LOST, SessionEnd.Kind.CRASHED);
    }

    @Test
    void reportsAMachineThatIsTerminated() throws Exception {
        QemuProcess machine = start();
        ProcessHandle.of(machine.pid()).orElseThrow().destroy();
        QemuExit exit = machine.onExit().get(20, TimeUnit.SECONDS);
        assertThat(exit.code()).isZero();
        assertThat(exit.session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_HOST);
        assertThat(exit.output()).contains("terminating on signal 15");
    }

    @Test
    void killsAMachineThatIsFrozen() throws Exception {
        QemuProcess machine = start();
        new ProcessBuilder("kill", "-STOP", Long.toString(machine.pid()))
                .start()
                .waitFor();
        QemuStop stop =
                machine.stop(Duration.ofMillis(300), Duration.ofMillis(300)).get(20, TimeUnit.SECONDS);
        assertThat(stop.step()).isEqualTo(Step.KILLED);
        assertThat(stop.exit().signal()).hasValue(9);
    }

    @Test
    void endsTheProcessWhenItsClientIsClosed() throws Exception {
        QemuProcess machine = start();
        machine.client().close();
        assertThat(machine.onExit().get(20, TimeUnit.SECONDS).code()).isZero();
    }

    @Test
    void stopsWithoutASessionBySignal() throws Exception {
        QemuProcess machine = start();
        machine.client().blocking().disconnect();
        assertThat(machine.stop().get(20, TimeUnit.SECONDS).step()).isEqualTo(Step.TERMINATED);
    }

    @Test
    void closeStopsAndWaits() {
        QemuProcess machine = start();
        machine.close();
        assertThat(machine.isAlive()).isFalse();
        machine.close();
    }

    @Test
    void closeOfAnInterruptedThreadKills() throws Exception {
        QemuProcess machine = start();
        Thread.currentThread().interrupt();
        machine.close();
        assertThat(Thread.interrupted()).isTrue();
        machine.onExit().get(20, TimeUnit.SECONDS);
    }

    @Test
    void closeDoesNotNeedTheCallbackExecutor() throws Exception {
        ExecutorService only = Executors.newSingleThreadExecutor();
        try {
            QemuProcess machine = launcher()
                    .withClient(builder -> builder.callbackExecutor(only).disconnectTimeout(Duration.ofMillis(200)))
                    .startAndWait();
            machines.add(machine);
            CompletableFuture.runAsync(machine::close, only).get(30, TimeUnit.SECONDS);
            assertThat(machine.isAlive()).isFalse();
        } finally {
            only.shutdown();
        }
    }

    // ------------------------------------------------------------------ adopted

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "looks into /proc")
    void adoptsByTheSocketAndRefusesAnotherProcess() throws Exception {
        Process other = new ProcessBuilder("sleep", "300").start();
        try (Qemu qemu = Qemu.start();
                QmpClient client = QmpClient.builder(qemu.endpoint()).build()) {
            client.blocking().connect();
            assertThatExceptionOfType(QemuProcessException.class)
                    .isThrownBy(() -> QemuProcess.adopt(client, other.pid()))
                    .withMessageContaining("process " + other.pid() + " does not listen at unix:");
            QemuProcess machine = QemuProcess.adopt(client);
            assertThat(machine.pid()).isEqualTo(qemu.pid());
            machine.close();
            assertThat(machine.isAlive()).isTrue();
            QemuStop stop = machine.stop().get(30, TimeUnit.SECONDS);
            assertThat(stop.step()).isEqualTo(Step.QUIT);
            assertThat(stop.exit().code()).isNull();
            assertThat(stop.exit().session().shutdownReason()).isEqualTo("host-qmp-quit");
            assertThatExceptionOfType(QemuProcessException.class)
                    .isThrownBy(() -> QemuProcess.adopt(client))
                    .withMessageContaining("no process was found");
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void adoptsByTheProcessIdAndKills() throws Exception {
        try (Qemu qemu = Qemu.start();
                QmpClient client = QmpClient.builder(qemu.endpoint()).build()) {
            QemuProcess machine = QemuProcess.adopt(client, qemu.pid());
            assertThat(machine.kill().get(30, TimeUnit.SECONDS).description()).isEqualTo("exit code unknown");
            assertThat(qemu.isAlive()).isFalse();
        }
    }

    // ------------------------------------------------------------------ the end of the JVM

    /** The main class of another JVM: starts a QEMU, prints its process id, and exits or waits. */
    public static final class Owner {

        private Owner() {}

        /** Takes the directory, and {@code exit} or {@code wait}. */
        public static void main(String[] arguments) throws Exception {
            QemuProcess machine = QemuLauncher.of(
                            "qemu-system-x86_64", "-machine", "none", "-display", "none", "-nodefaults")
                    .withDirectory(Path.of(arguments[0]))
                    .startAndWait();
            System.out.println(machine.pid());
            if (arguments[1].equals("exit")) {
                System.exit(0);
            }
            machine.client().events().next(dev.qmp.event.EventFilter.all()).get();
        }
    }

    private ProcessHandle machineOfAnotherJvm(String then, List<Process> jvms) throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        directory.toString(),
                        then)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        jvms.add(jvm);
        BufferedReader output = jvm.inputReader();
        String pid = output.readLine();
        return ProcessHandle.of(Long.parseLong(pid)).orElse(null);
    }

    @Test
    void endsWithTheJvm() throws Exception {
        List<Process> jvms = new ArrayList<>();
        ProcessHandle machine = machineOfAnotherJvm("exit", jvms);
        assertThat(jvms.get(0).waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(machine == null || !machine.isAlive()).isTrue();
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs setpriv")
    void isKilledWithAJvmThatIsKilled() throws Exception {
        List<Process> jvms = new ArrayList<>();
        ProcessHandle machine = machineOfAnotherJvm("wait", jvms);
        jvms.get(0).destroyForcibly().waitFor();
        await().until(() -> !machine.isAlive());
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                if (!file.equals(directory)) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void aPolicyThatRefusesQuitLeadsToTheSignal() throws Exception {
        QemuProcess machine = launcher()
                .withClient(builder -> builder.commandPolicy(dev.qmp.CommandPolicy.of(List.of("query-*"), List.of())))
                .startAndWait();
        machines.add(machine);
        machine.client().execute(QmpCommand.of("query-status")).get(20, TimeUnit.SECONDS);
        assertThat(machine.stop().get(20, TimeUnit.SECONDS).step()).isEqualTo(Step.TERMINATED);
    }
}
