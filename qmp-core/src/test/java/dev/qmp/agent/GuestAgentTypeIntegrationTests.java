package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.RejectedException;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The guest agent's type on a real agent. */
@RequiresQemu(Tool.GUEST_AGENT)
@Timeout(60)
class GuestAgentTypeIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static dev.qmp.testing.GuestAgent process;
    private static QmpClient client;
    private static GuestAgent agent;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        process = dev.qmp.testing.GuestAgent.start();
        client = QmpClient.builder(process.endpoint())
                .guestAgent()
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(200)))
                .build();
        client.start();
        client.blocking().awaitRunning(LIMIT);
        agent = GuestAgent.of(client);
    }

    @AfterAll
    static void close() {
        client.close();
        process.close();
    }

    @Test
    @DisplayName("it listens, and reports what it can do and what the guest is")
    void reports() {
        BlockingGuestAgent blocking = agent.blocking();
        assertThat(blocking.isListening(LIMIT)).isTrue();
        assertThat(agent.isListening(LIMIT)).succeedsWithin(LIMIT).isEqualTo(true);
        assertThat(blocking.info().version()).isNotBlank();
        assertThat(blocking.supports("guest-exec")).isTrue();
        assertThat(agent.supports("guest-no-such-command"))
                .succeedsWithin(LIMIT)
                .isEqualTo(false);
        assertThat(blocking.time())
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
        assertThat(blocking.networkInterfaces())
                .anySatisfy(network -> assertThat(network.name()).isEqualTo("lo"));
        assertThat(blocking.operatingSystem().kernelRelease()).isEqualTo(System.getProperty("os.version"));
        assertThat(blocking.hostName()).isNotBlank();
        assertThat(blocking.users()).isNotNull();
    }

    @Test
    @DisplayName("the five lines of the guide")
    void runsAProgram() {
        ExecResult end = agent.blocking().exec(ExecRequest.of("uname", "-r"), LIMIT);

        assertThat(end.output().strip()).isEqualTo(System.getProperty("os.version"));
        assertThat(end.isSuccess()).isTrue();
        assertThat(end.isTruncated()).isFalse();
    }

    @Test
    @DisplayName("a program gets input and environment, and both outputs, exit code and signal come back")
    void runsAProgramWithAll() {
        ExecResult end = agent.blocking()
                .exec(
                        ExecRequest.of("/bin/sh", "-c", "cat; echo $COLOUR >&2; exit 7")
                                .withCharset(StandardCharsets.ISO_8859_1)
                                .withInput("gr\u00fcn")
                                .withEnvironment(Map.of("COLOUR", "red")),
                        LIMIT);
        assertThat(end.output()).isEqualTo("gr\u00fcn");
        assertThat(end.outputBytes()).hasSize(4);
        assertThat(end.errors()).isEqualTo("red\n");
        assertThat(end.errorBytes()).isEqualTo("red\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(end.exitCode()).isEqualTo(7);
        assertThat(end.isSuccess()).isFalse();

        ExecResult killed = agent.blocking().exec(ExecRequest.of("/bin/sh", "-c", "kill -9 $$"), LIMIT);
        assertThat(killed.exitCode()).isNull();
        assertThat(killed.signal()).isEqualTo(9);

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> agent.exec(ExecRequest.of("/no/such/program")).await(LIMIT))
                .withMessageContaining("/no/such/program");
    }

    @Test
    @RequiresQemu(value = Tool.GUEST_AGENT, from = "8.1", reason = "capture-output is a boolean before")
    @DisplayName("both outputs are merged in the order written")
    void mergesOutputs() {
        ExecResult end = agent.blocking()
                .exec(
                        ExecRequest.of("/bin/sh", "-c", "echo 1; echo 2 >&2; echo 3")
                                .withOutput(ExecRequest.Output.MERGED),
                        LIMIT);
        assertThat(end.output()).isEqualTo("1\n2\n3\n");
    }

    @Test
    @DisplayName("the output of a program that writes more than the agent keeps is truncated, and the session lives")
    void truncates() {
        long sessions = client.status().reconnects();
        ExecResult end = agent.withTimeout(LIMIT)
                .blocking()
                .exec(ExecRequest.of("/bin/sh", "-c", "head -c 18000000 /dev/zero"), LIMIT);

        assertThat(end.isTruncated()).isTrue();
        assertThat(end.outputBytes().length).isEqualTo(16 * 1024 * 1024);
        assertThat(client.status().reconnects()).isEqualTo(sessions);
    }

    @Test
    @DisplayName("a program that is cancelled ends in the guest")
    void cancels() {
        GuestProgram program = agent.exec(ExecRequest.of("sleep", "600"));
        assertThat(program.pid()).succeedsWithin(LIMIT);

        assertThat(program.cancel()).succeedsWithin(LIMIT);

        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> program.await(LIMIT));
    }

    @Test
    @DisplayName("a program is found again after a disconnect; one whose agent is killed has an unknown outcome")
    void survivesALostConnection() throws IOException {
        Path done = folder.resolve("done");
        GuestProgram program = agent.exec(
                ExecRequest.of("/bin/sh", "-c", "while [ ! -e " + done + " ]; do sleep 0.05; done; echo over"));
        assertThat(program.pid()).succeedsWithin(LIMIT);
        client.blocking().disconnect();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class).isThrownBy(() -> program.await(LIMIT));
        client.start();
        client.blocking().awaitRunning(LIMIT);
        Files.createFile(done);
        ExecResult end =
                agent.attach(program.pid().join(), StandardCharsets.UTF_8).await(LIMIT);
        assertThat(end.output()).isEqualTo("over\n");

        GuestProgram orphan = agent.exec(ExecRequest.of("sleep", "3"));
        assertThat(orphan.pid()).succeedsWithin(LIMIT);
        process.kill();
        process.restart();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> orphan.await(LIMIT))
                .withMessageContaining("pid " + orphan.pid().join());
    }

    @Test
    @DisplayName("half a command of an earlier client spoils none of this one")
    void input2HalfACommandOfAnEarlierClientSpoilsNothing() throws IOException {
        try (dev.qmp.testing.GuestAgent fresh = dev.qmp.testing.GuestAgent.start()) {
            try (RawPeer cutOff = RawServer.dial(fresh.endpoint())) {
                cutOff.write("{\"execute\": \"guest-p");
            }
            try (QmpClient next =
                    QmpClient.builder(fresh.endpoint()).guestAgent().build()) {
                next.start();
                next.blocking().awaitRunning(LIMIT);
                GuestAgent.of(next).blocking().ping();
                assertThat(next.status().reconnects()).isZero();
            }
        }
    }

    @Test
    @DisplayName("files are copied in both directions, with progress, and no handle stays open")
    void copiesFiles() throws IOException {
        byte[] content = new byte[3 * GuestFile.MAX_CHUNK + 17];
        new Random(1).nextBytes(content);
        Path source = Files.write(folder.resolve("source"), content);
        Path inGuest = folder.resolve("guest");
        Path target = folder.resolve("target");

        assertThat(agent.upload(source, inGuest.toString()).await(LIMIT)).isEqualTo(content.length);
        assertThat(agent.download(inGuest.toString(), target, content.length).await(LIMIT))
                .isEqualTo(content.length);

        assertThat(target).hasBinaryContent(content);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
        assertThat(agent.readFile(inGuest.toString(), content.length).await(LIMIT))
                .isEqualTo(content);
        assertThat(agent.writeFile(inGuest.toString(), new byte[0]).await(LIMIT))
                .isZero();
        assertThat(inGuest).isEmptyFile();
        assertThat(agent.readFile("/proc/self/cmdline", 10_000).await(LIMIT)).isNotEmpty();
    }

    @Test
    @DisplayName("a copy that cannot work fails by name, and leaves nothing behind")
    void reportsCopyFailures() {
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> agent.download("/no/such/file", folder.resolve("x"), 100)
                        .await(LIMIT));
        assertThat(folder).isEmptyDirectory();
        assertThatExceptionOfType(TaskFailedException.class).isThrownBy(() -> agent.download(
                        "/proc/version", folder.resolve("no").resolve("x"), 1000)
                .await(LIMIT));
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> agent.readFile("/proc/version", 3).await(LIMIT))
                .withMessageContaining("longer than 3 bytes");
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(
                        () -> agent.download("/etc", folder.resolve("x"), 1000).await(LIMIT))
                .withMessageContaining("Is a directory");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("an open file has a position, and closes once")
    void opensAFile() throws IOException {
        Path path = folder.resolve("f");
        GuestFile file = agent.open(path.toString(), "w+").join();
        file.write("0123456789".getBytes(StandardCharsets.US_ASCII)).join();
        file.flush().join();
        assertThat(file.seekToEnd().join()).isEqualTo(10);
        assertThat(file.seek(4).join()).isEqualTo(4);
        assertThat(file.read(3).join()).asString(StandardCharsets.US_ASCII).isEqualTo("456");
        file.close();
        assertThat(file.closeAsync()).succeedsWithin(LIMIT);
        assertThat(file.read(1)).failsWithin(LIMIT);
        await().untilAsserted(() -> assertThat(path).hasContent("0123456789"));
    }
}
