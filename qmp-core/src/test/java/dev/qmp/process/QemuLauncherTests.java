package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.qmp.QmpClient;
import dev.qmp.process.QemuStartException.Reason;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.Waits;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A start that leads to no session leaves no process and no file, by any end. A shell plays QEMU. */
@Timeout(30)
@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        disabledReason = "runs a shell in the place of QEMU")
class QemuLauncherTests {

    @TempDir
    private Path directory;

    @AfterEach
    void leavesNoFile() throws IOException {
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left.filter(Files::isDirectory)).isEmpty();
        }
    }

    private QemuLauncher shell(String script) {
        return QemuLauncher.of("sh", "-c", script).withName("vm1").withDirectory(directory);
    }

    /** A process that runs until it is killed, and has written its id to a file. */
    private QemuLauncher sleeper() {
        return shell("echo $$ > " + directory.resolve("pid") + "; exec sleep 300");
    }

    private ProcessHandle sleepingProcess() throws IOException {
        Path file = directory.resolve("pid");
        await().until(() -> Files.exists(file) && !Files.readString(file).isBlank());
        return ProcessHandle.of(Long.parseLong(Files.readString(file).strip())).orElseThrow();
    }

    private static QemuStartException failureOf(CompletableFuture<QemuProcess> start) {
        return (QemuStartException) Waits.failureOf(start);
    }

    @Test
    void knowsWhetherItsProgramIsInstalled() throws IOException {
        assertThat(QemuLauncher.of("sh").isInstalled()).isTrue();
        assertThat(QemuLauncher.of("no-such-program-here").isInstalled()).isFalse();
        Path script = Files.createFile(directory.resolve("qemu"));
        QemuLauncher launcher = QemuLauncher.of(script.toString());
        assertThat(launcher.isInstalled()).as("a file that is not executable").isFalse();
        assertThat(script.toFile().setExecutable(true)).isTrue();
        assertThat(launcher.isInstalled()).isTrue();
        assertThat(QemuLauncher.of(directory.toString()).isInstalled())
                .as("a directory")
                .isFalse();
    }

    @Test
    void reportsExitCodeAndLastOutputOfAProcessThatExits() throws Exception {
        QemuStartException failure =
                failureOf(shell("echo one; echo 'no such\tmachine' >&2; exit 3").start());
        assertThat(failure.reason()).isEqualTo(Reason.EXITED);
        assertThat(failure).hasMessageContaining("vm1 ended before there was a session (exit code 3)");
        assertThat(failure).hasMessageEndingWith("its last output: one | no such\\u0009machine");
        assertThat(failure.exit().code()).isEqualTo(3);
        assertThat(failure.exit().signal()).isEmpty();
        assertThat(failure.exit().output()).isEqualTo("one\nno such\tmachine\n");
        assertThat(failure.exit().lastLine()).startsWith("no such");
    }

    @Test
    void reportsTheSignalThatEndedAProcess() throws Exception {
        QemuStartException failure = failureOf(shell("kill -9 $$").start());
        assertThat(failure.exit().signal()).hasValue(9);
        assertThat(failure).hasMessageContaining("ended by signal 9");
    }

    @Test
    void keepsTheEndOfALongOutput() throws Exception {
        QemuStartException failure = failureOf(shell("seq 1 100000; exit 1").start());
        assertThat(failure.exit().output()).hasSize(QemuProcess.MAX_OUTPUT).endsWith("99999\n100000\n");
        assertThat(failure.getMessage().length()).isLessThan(1000);
    }

    @Test
    void killsAProcessWithoutASessionAfterTheTimeout() throws Exception {
        CompletableFuture<QemuProcess> start =
                sleeper().withStartTimeout(Duration.ofSeconds(1)).start();
        ProcessHandle process = sleepingProcess();
        QemuStartException failure = failureOf(start);
        assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT);
        assertThat(failure).hasMessageContaining("1000 ms");
        assertThat(process.isAlive()).isFalse();
    }

    @Test
    void killsTheProcessOfACancelledStart() throws Exception {
        CompletableFuture<QemuProcess> start = sleeper().start();
        ProcessHandle process = sleepingProcess();
        start.cancel(false);
        awaitEndAndCleanup(process);
    }

    @Test
    void startsNoProcessForAStartThatIsCancelledAtOnce() throws Exception {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        ProcessStarter.INSTANCE.execute(cancelled::join); // no start begins before
        List<CompletableFuture<QemuProcess>> starts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            starts.add(sleeper().start());
            starts.get(i).cancel(false);
        }
        assertThat(starts).allMatch(CompletableFuture::isCancelled);
        cancelled.complete(null);
        failureOf(shell("exit 1").start()); // the same thread starts it after the others
        assertThat(directory.resolve("pid")).as("written by a process").doesNotExist();
        await().until(this::isTidy);
        await().until(() -> ProcessHandle.current().children().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void killsTheProcessIfTheWaitingThreadIsInterrupted() throws Exception {
        Thread caller = Thread.currentThread();
        CompletableFuture<ProcessHandle> process = CompletableFuture.supplyAsync(() -> {
            try {
                ProcessHandle found = sleepingProcess();
                caller.interrupt();
                return found;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        QemuLauncher launcher = sleeper();
        assertThatExceptionOfType(QemuStartException.class)
                .isThrownBy(launcher::startAndWait)
                .matches(failure -> failure.reason() == Reason.INTERRUPTED);
        assertThat(Thread.interrupted()).isTrue();
        awaitEndAndCleanup(process.get());
    }

    /** A start that succeeds in the moment in which the wait for it ends without a result. */
    private static final class LateSuccess extends CompletableFuture<QemuProcess> {

        private final QemuProcess machine;
        private final boolean interrupted;

        LateSuccess(QemuProcess machine, boolean interrupted) {
            this.machine = machine;
            this.interrupted = interrupted;
        }

        @Override
        public QemuProcess get(long timeout, TimeUnit unit) throws InterruptedException, TimeoutException {
            complete(machine);
            if (interrupted) {
                throw new InterruptedException();
            }
            throw new TimeoutException();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void killsTheProcessIfTheStartSucceedsWhenTheWaitEnds(boolean interrupted) throws Exception {
        Process process = new ProcessBuilder("sleep", "300").start();
        try (QmpClient client =
                QmpClient.builder(Endpoint.unix(directory.resolve("vm.qmp"))).build()) {
            LateSuccess start = new LateSuccess(QemuProcess.adopt(client, process.pid()), interrupted);
            QemuLauncher launcher = QemuLauncher.of("qemu");
            assertThatExceptionOfType(QemuStartException.class)
                    .isThrownBy(() -> launcher.await(start))
                    .matches(failure -> failure.reason() == (interrupted ? Reason.INTERRUPTED : Reason.TIMED_OUT));
            assertThat(Thread.interrupted()).isEqualTo(interrupted);
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void knowsTheOutputBetweenTheRemovalOfItsFileAndTheExit() throws Exception {
        MachineFiles files = MachineFiles.create(directory);
        CompletableFuture<QemuProcess> machine = new CompletableFuture<>();
        CompletableFuture<String> output = new CompletableFuture<>();
        QmpClient client = QmpClient.builder(Endpoint.unix(files.socket())).build();
        QmpClient observed = (QmpClient) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {QmpClient.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) { // before the exit is known
                        assertThat(machine.join().onExit()).isNotDone();
                        assertThat(isTidy()).isTrue();
                        output.complete(machine.join().output());
                    }
                    return method.invoke(client, arguments);
                });
        OwnedProcesses.Owned owned = OwnedProcesses.instance()
                .start("vm1", List.of("sh", "-c", "echo panic; read line"), files, Duration.ZERO);
        machine.complete(QemuProcess.started(owned, observed));
        await().until(() -> machine.join().output().equals("panic\n"));

        owned.process().getOutputStream().close(); // which ends it

        assertThat(output).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("panic\n");
        assertThat(machine.join().onExit()).succeedsWithin(Duration.ofSeconds(20));
        assertThat(machine.join().output()).isEqualTo("panic\n");
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void killsAProcessThatItCannotFollow(Throwable thrown) throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(QemuProcess.class);
        Thrower thrower = new Thrower(thrown);
        Level before = logger.getLevel();
        logger.setLevel(Level.INFO);
        logger.addAppender(thrower);
        QemuStartException failure;
        try {
            failure = failureOf(sleeper().start());
        } finally {
            logger.detachAppender(thrower);
            logger.setLevel(before);
        }
        assertThat(failure).hasRootCause(thrown).hasMessageContaining("could not be followed");
        assertThat(failure.reason()).isEqualTo(Reason.NO_SESSION);
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(isTidy()).isTrue();
    }

    static Stream<Throwable> throwables() {
        return Stream.of(new OutOfMemoryError("unable to create native thread"), new IllegalStateException("no log"));
    }

    /** A log that fails at the message of a started process. */
    private static final class Thrower extends UnsynchronizedAppenderBase<ILoggingEvent> {

        private final Throwable thrown;

        Thrower(Throwable thrown) {
            this.thrown = thrown;
        }

        @Override
        public void doAppend(ILoggingEvent event) {
            if (event.getMessage().contains("QEMU runs as process")) {
                if (thrown instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) thrown;
            }
        }

        @Override
        protected void append(ILoggingEvent event) {
            throw new UnsupportedOperationException();
        }
    }

    private void awaitEndAndCleanup(ProcessHandle process) {
        await().until(() -> !process.isAlive());
        await().until(this::isTidy);
    }

    private boolean isTidy() throws IOException {
        try (Stream<Path> left = Files.list(directory)) {
            return left.noneMatch(Files::isDirectory);
        }
    }

    @Test
    void namesAProgramThatIsMissing() throws Exception {
        QemuLauncher launcher = QemuLauncher.of("qemu-system-nothing").withDirectory(directory);
        QemuStartException failure = failureOf(launcher.start());
        assertThat(failure.reason()).isEqualTo(Reason.NOT_EXECUTED);
        assertThat(failure)
                .hasMessageContaining("no program qemu-system-nothing")
                .hasMessageContaining("PATH");
        assertThat(failureOf(QemuLauncher.of(directory + "/none").start())).hasMessageContaining(directory + "/none");
    }

    @Test
    void namesADirectoryThatCannotBeUsed() throws Exception {
        QemuLauncher missing = QemuLauncher.of("sh").withDirectory(directory.resolve("none"));
        assertThat(failureOf(missing.start())).hasMessageContaining("private directory");
        Path longPath = Files.createDirectories(directory.resolve("a".repeat(90)));
        QemuStartException failure =
                failureOf(QemuLauncher.of("sh").withDirectory(longPath).start());
        assertThat(failure).hasMessageContaining("106").hasMessageContaining("shorter");
        assertThat(longPath).isEmptyDirectory();
        Files.delete(longPath);
    }

    @Test
    void cutsAnOutputThatGrows() throws Exception {
        CompletableFuture<QemuProcess> start =
                shell("seq 1 400000; exec sleep 300").start(); // 2.7 MB
        try (Stream<Path> own = Files.list(directory)) {
            Path output = own.findFirst().orElseThrow().resolve("output");
            await().until(() -> Files.exists(output) && Files.readString(output).endsWith("400000\n"));
            // between the cut and the new content the file is empty
            await().until(() -> Files.size(output) < MachineFiles.MAX_FILE
                    && Files.readString(output).endsWith("399999\n400000\n"));
        }
        start.cancel(false);
        await().until(this::isTidy);
    }

    @Test
    void needsNoThreadOfItsOwnPerMachine() throws Exception {
        List<CompletableFuture<QemuProcess>> starts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            starts.add(shell("exec sleep 300").start());
        }
        await().until(() -> ProcessHandle.current().children().count() == 20);
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().startsWith("qmp-process"))
                .hasSize(1);
        starts.forEach(start -> start.cancel(false));
        await().until(this::isTidy);
    }

    @Test
    void refusesWhatWouldLeaveItsOwner() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuLauncher.of("qemu", "-daemonize"))
                .withMessageContaining("arguments")
                .withMessageContaining("owner");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuLauncher.of(" "))
                .withMessageContaining("program");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuLauncher.of("qemu").withStartTimeout(Duration.ZERO))
                .withMessageContaining("timeout must be positive");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuLauncher.of("qemu").withJvmShutdownGrace(Duration.ofMillis(-1)))
                .withMessageContaining("grace must be positive or zero");
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs setsid")
    void aMachineWithAGraceDoesNotReceiveTheSignalsOfTheTerminal() throws Exception {
        QemuLauncher launcher = shell("cut -d' ' -f6 /proc/$$/stat; echo $$; exit 1");
        assertThat(sessionLeader(launcher.withJvmShutdownGrace(Duration.ofMinutes(1))))
                .isTrue();
        assertThat(sessionLeader(launcher)).isFalse();
    }

    private static boolean sessionLeader(QemuLauncher launcher) throws Exception {
        List<String> lines = failureOf(launcher.start())
                .exit()
                .output()
                .lines()
                .map(String::strip)
                .toList();
        assertThat(lines).hasSize(2);
        return lines.get(0).equals(lines.get(1));
    }

    @Test
    void anOptionOfTheClientThatThrowsLeavesNothing() {
        QemuLauncher launcher = shell("exit 1").withClient(builder -> builder.maxInFlight(0));
        assertThatIllegalArgumentException().isThrownBy(launcher::start);
    }
}
