package dev.qmp.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.agent.ExecRequest;
import dev.qmp.agent.ExecResult;
import dev.qmp.agent.FreezeException;
import dev.qmp.agent.GuestAgent;
import dev.qmp.agent.GuestFile;
import dev.qmp.agent.GuestProgram;
import dev.qmp.agent.GuestShutdownMode;
import dev.qmp.agent.GuestSuspendMode;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that uses {@link GuestAgent}, on a simulated guest. */
@Timeout(60)
class GuestSimulationTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(800);

    private final QmpServer server =
            QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
    private final GuestSimulation guest = GuestSimulation.on(server);
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .guestAgent()
            .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(100)))
            .build();
    private final GuestAgent agent = GuestAgent.of(client);

    @BeforeEach
    void connect() {
        client.start();
        client.blocking().awaitRunning(SOON);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    // ------------------------------------------------------------------ programs

    @Test
    void mergedOutputIsRejectedAsByTheAgentOf72() {
        guest.program("/bin/backup", ProgramEnd.exit(0).withOutput("done"));
        ExecRequest merged = ExecRequest.of("/bin/backup").withOutput(ExecRequest.Output.MERGED);

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> agent.blocking().exec(merged, SOON))
                .withMessageContaining("'capture-output', expected: boolean");
    }

    @Test
    void aProgramHasTheEndOfTheTest() {
        guest.program(
                "/bin/backup", ProgramEnd.exit(3).withOutput("half done\n").withErrors("disk full\n"));
        guest.program("/bin/crash", ProgramEnd.signal(11).withErrors(new byte[] {(byte) 0xe4}));

        ExecResult end = agent.blocking()
                .exec(
                        ExecRequest.of("/bin/backup", "-v", "/srv")
                                .withInput("yes\n")
                                .withEnvironment(Map.of("LANG", "C")),
                        SOON);
        ExecResult crash =
                agent.blocking().exec(ExecRequest.of("/bin/crash").withCharset(StandardCharsets.ISO_8859_1), SOON);

        assertThat(end.exitCode()).isEqualTo(3);
        assertThat(end.output()).isEqualTo("half done\n");
        assertThat(end.errors()).isEqualTo("disk full\n");
        assertThat(crash.signal()).isEqualTo(11);
        assertThat(crash.errors()).isEqualTo("\u00e4");
        StartedProgram started = guest.programs().get(0);
        assertThat(started.pid()).isEqualTo(end.pid());
        assertThat(started.path()).isEqualTo("/bin/backup");
        assertThat(started.arguments()).containsExactly("-v", "/srv");
        assertThat(started.environment()).containsExactly("LANG=C");
        assertThat(started.input()).asString(StandardCharsets.UTF_8).isEqualTo("yes\n");
        assertThat(started).hasToString("StartedProgram[pid=" + end.pid() + ", /bin/backup]");
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> agent.blocking().exec(ExecRequest.of("/bin/none"), SOON))
                .withMessageContaining("/bin/none");
    }

    @Test
    void aLongProgramEndsWhenTheTestEndsIt() throws Exception {
        guest.longProgram("/bin/backup");
        GuestProgram backup = agent.exec(ExecRequest.of("/bin/backup"));
        long pid = guest.awaitProgram("/bin/backup", SOON).pid();
        assertThat(backup.pid()).succeedsWithin(SOON).isEqualTo(pid);
        assertThat(backup.isDone()).isFalse();

        server.disconnectClient().join(); // the program goes on
        guest.end(pid, ProgramEnd.exit(0).withOutput("done"));

        assertThat(backup.await(SOON).output()).isEqualTo("done");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> guest.end(pid, ProgramEnd.exit(0)))
                .withMessageContaining(Long.toString(pid));
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> guest.awaitProgram("/bin/other", Duration.ofMillis(1)))
                .withMessageContaining("/bin/other");
    }

    @Test
    void aClientCancelsAProgram() {
        guest.longProgram("/bin/backup");
        GuestProgram backup = agent.exec(ExecRequest.of("/bin/backup"));
        assertThat(backup.pid()).succeedsWithin(SOON);

        assertThat(backup.cancel()).succeedsWithin(SOON);

        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> backup.await(SOON));
        assertThat(guest.programs()).extracting(StartedProgram::path).containsExactly("/bin/backup", "kill");
    }

    // ------------------------------------------------------------------ files

    @ParameterizedTest
    @ValueSource(
            strings = {"guest-file-open", "guest-file-read", "guest-file-write", "guest-file-seek", "guest-file-flush"})
    void aCopyGoesOnAfterALostReplyToAnyCommand(String command) {
        byte[] content = new byte[2 * GuestFile.MAX_CHUNK + 17];
        new Random(1).nextBytes(content);
        guest.putFile("/tmp/source", content);
        GuestAgent hasty = agent.withTimeout(Duration.ofSeconds(2)); // a busy machine takes less

        guest.loseReply(command);
        assertThat(hasty.readFile("/tmp/source", content.length).await(SOON)).isEqualTo(content);
        guest.loseReply(command);
        assertThat(hasty.writeFile("/tmp/target", content).await(SOON)).isEqualTo(content.length);

        assertThat(guest.file("/tmp/target")).isEqualTo(content);
        await().until(guest::openFiles, open -> open == (command.equals("guest-file-open") ? 2 : 0));
        assertThat(guest.files()).containsExactlyInAnyOrder("/tmp/source", "/tmp/target");
    }

    @Test
    void aCopyIsResumedOverALostConnection() {
        byte[] content = new byte[4 * GuestFile.MAX_CHUNK + 17];
        new Random(2).nextBytes(content);
        guest.putFile("/tmp/source", content);
        long sessions = client.status().reconnects();

        Task<byte[]> read = agent.readFile("/tmp/source", content.length);
        loseConnectionDuring(read);
        assertThat(read.await(SOON)).isEqualTo(content);
        Task<Long> write = agent.writeFile("/tmp/target", content);
        loseConnectionDuring(write);
        write.await(SOON);

        assertThat(guest.file("/tmp/target")).isEqualTo(content);
        await().until(guest::openFiles, open -> open == 0);
        assertThat(client.status().reconnects()).isGreaterThan(sessions);
    }

    /** Not before the first piece: if the reply to the opening is lost, the file stays open in the guest. */
    private void loseConnectionDuring(Task<?> copy) {
        AtomicBoolean lost = new AtomicBoolean();
        copy.onProgress(progress -> {
            if (progress.done() >= GuestFile.MAX_CHUNK && !lost.getAndSet(true)) {
                server.disconnectClient();
            }
        });
    }

    @Test
    void aClientThatIsClosedAfterACopyLeavesNoFileOpen() {
        guest.putFile("/etc/hostname", "vm1\n");
        agent.readFile("/etc/hostname", 10).await(SOON);

        client.close();

        assertThat(guest.openFiles()).isZero();
    }

    @Test
    void theLastChunkIsWrittenAgainAfterALostReplyToTheFlush() {
        byte[] content = new byte[GuestFile.MAX_CHUNK + 17];
        new Random(3).nextBytes(content);
        guest.loseReply("guest-file-flush");
        GuestAgent hasty = agent.withTimeout(Duration.ofSeconds(2)); // enough for an answer on a busy machine

        assertThat(hasty.writeFile("/tmp/target", content).await(SOON)).isEqualTo(content.length);

        assertThat(guest.file("/tmp/target")).isEqualTo(content);
        assertThat(server.received())
                .extracting(QmpCommand::name)
                .containsExactly(
                        "guest-file-open",
                        "guest-file-write",
                        "guest-file-write",
                        "guest-file-flush",
                        "guest-file-seek",
                        "guest-file-write",
                        "guest-file-flush",
                        "guest-file-close");
    }

    @Test
    void aFullDiskFailsTheCopy() {
        guest.putFile("/etc/hostname", "vm1\n");
        guest.diskSpace(10);
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> agent.writeFile("/tmp/target", new byte[7]).await(SOON))
                .withMessageContaining("No space left on device");
        assertThat(agent.writeFile("/tmp/target", new byte[6]).await(SOON)).isEqualTo(6);
        assertThat(agent.readFile("/etc/hostname", 10).await(SOON))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("vm1\n");
        await().until(guest::openFiles, open -> open == 0);
    }

    // ------------------------------------------------------------------ freeze

    @Test
    void fileSystemsAreFrozenDuringTheWork() {
        assertThat(agent.blocking().whileFrozen(SOON, () -> {
                    assertThatExceptionOfType(RejectedException.class)
                            .isThrownBy(() -> agent.blocking().exec(ExecRequest.of("kill"), SOON))
                            .withMessageContaining("the agent is in frozen state");
                    return guest.isFrozen();
                }))
                .isTrue();
        assertThat(guest.isFrozen()).isFalse();
        assertThatExceptionOfType(FreezeException.class)
                .isThrownBy(() -> agent.blocking().whileFrozen(SOON, () -> {
                    guest.thaw();
                    return "inconsistent";
                }))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FreezeException.Kind.THAWED_TOO_EARLY));
    }

    @Test
    void aFreezeOrThawWithoutAReplyEndsThawed() {
        guest.loseReply("guest-fsfreeze-freeze");
        assertThatExceptionOfType(CommandTimeoutException.class)
                .isThrownBy(() -> agent.blocking().whileFrozen(SHORT, () -> "no work"));
        assertThat(guest.isFrozen()).isFalse();

        guest.loseReply("guest-fsfreeze-thaw");
        assertThat(agent.withTimeout(SHORT).blocking().whileFrozen(SOON, guest::isFrozen))
                .isTrue();
        assertThat(guest.isFrozen()).isFalse();
    }

    // ------------------------------------------------------------------ power

    @Test
    void requestsOfPowerHaveNoReply() throws Exception {
        GuestAgent hasty = agent.withTimeout(Duration.ofSeconds(2)); // enough for an answer on a busy machine
        hasty.blocking().shutdown(GuestShutdownMode.REBOOT);
        hasty.blocking().suspend(GuestSuspendMode.DISK);

        assertThat(guest.awaitPowerRequest(SOON)).isEqualTo("reboot");
        assertThat(guest.powerRequests()).containsExactly("reboot", "suspend-disk");
        server.handle("guest-suspend-ram", CommandHandler.rejecting("GenericError", "not supported"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> hasty.blocking().suspend(GuestSuspendMode.RAM));
        assertThatExceptionOfType(RejectedException.class).isThrownBy(() -> client.blocking()
                .execute(QmpCommand.of("guest-shutdown").withArgument("mode", "sleep")));
    }

    // ------------------------------------------------------------------ the server

    @Test
    void aMonitorHasNoGuest() {
        try (QmpServer monitor = QmpServer.builder("tcp:127.0.0.1:0").start()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GuestSimulation.on(monitor))
                    .withMessageContaining("guestAgent()");
        }
    }
}
