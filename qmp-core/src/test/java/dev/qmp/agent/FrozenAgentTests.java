package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.GuestSimulation;
import dev.qmp.server.simulation.ProgramEnd;
import dev.qmp.task.Task;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An agent disables most commands while file systems are frozen, by this client or another. Tasks wait for it. */
@Timeout(30)
class FrozenAgentTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String FROZEN = " has been disabled: the agent is in frozen state";
    private static final String FROZEN_IN_5_2 = " has been disabled for this instance";
    private static final String FROZEN_SINCE_9_2 = " has been disabled: the command is not allowed";

    private final QmpServer server =
            QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
    private final GuestSimulation guest = GuestSimulation.on(server);
    private final QmpClient client = builder().build();
    private final GuestAgent agent = GuestAgent.of(client);

    private QmpClientBuilder builder() {
        return QmpClient.builder(server.endpoint()).guestAgent();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private static CommandHandler disabled(String command, String reason) {
        return CommandHandler.rejecting("CommandNotFound", "Command " + command + reason);
    }

    private void freeze() {
        client.blocking().execute("guest-fsfreeze-freeze");
    }

    private long received(String command) {
        return server.received().stream()
                .filter(one -> one.name().equals(command))
                .count();
    }

    @Test
    @DisplayName("a program that runs during a freeze has its own result")
    void waitsForAProgram() throws Exception {
        client.blocking().connect();
        guest.longProgram("/bin/backup");
        GuestProgram program = agent.exec(ExecRequest.of("/bin/backup"));
        long pid = program.pid().get();
        freeze();
        long before = received("guest-exec-status");
        await().until(() -> received("guest-exec-status") >= before + 2);
        assertThat(program.isDone()).isFalse();
        guest.thaw();
        guest.end(pid, ProgramEnd.exit(3));

        assertThat(program.await(LIMIT).exitCode()).isEqualTo(3);
    }

    @Test
    @DisplayName(
            "if the agent's configuration disables a command, the task ends after the outage limit, with the reason")
    void doesNotWaitForEver() {
        client.blocking().connect();
        server.handle(
                "guest-exec-status", disabled("guest-exec-status", " has been disabled: the command is not allowed"));

        GuestAgent impatient = agent.withOutageLimit(Duration.ofMillis(300));
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> impatient.attach(5, StandardCharsets.UTF_8).await(LIMIT))
                .withMessageContaining("the status of pid 5 could not be read")
                .withMessageContaining("the command is not allowed");
        assertThat(received("guest-exec-status")).isGreaterThan(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {FROZEN, FROZEN_IN_5_2, FROZEN_SINCE_9_2})
    @DisplayName("a copy goes on after a freeze, and closes its file")
    void goesOnWithACopy(String reason) {
        server.handle(
                "guest-file-read",
                CommandHandler.inTurn(
                        CommandHandler.returning(Map.of("count", 3, "buf-b64", "YWJj", "eof", false)),
                        disabled("guest-file-read", reason),
                        CommandHandler.returning(Map.of("count", 0, "buf-b64", "", "eof", true))));
        server.handle(
                "guest-file-close",
                CommandHandler.inTurn(disabled("guest-file-close", reason), CommandHandler.returning(Map.of())));
        guest.putFile("/etc/hosts", "abc");
        client.blocking().connect();

        assertThat(agent.readFile("/etc/hosts", 100).await(LIMIT)).containsExactly('a', 'b', 'c');
        await().until(() -> received("guest-file-close") == 2);
    }

    @Test
    @DisplayName("an upload that has flushed its file does not wait for the close of a frozen agent, which follows")
    void closesAFileAfterTheThaw() {
        server.handle("guest-file-flush", command -> {
            server.handle("guest-file-close", disabled("guest-file-close", FROZEN));
            return QmpJson.object();
        });
        client.blocking().connect();
        Task<Long> upload = agent.writeFile("/etc/motd", new byte[10]);

        assertThat(upload.await(LIMIT)).isEqualTo(10);
        AtomicInteger closed = new AtomicInteger();
        server.handle("guest-file-close", command -> {
            closed.incrementAndGet();
            return QmpJson.object();
        });
        await().until(() -> closed.get() == 1);
    }

    @Test
    @DisplayName("a file whose close was not executed can be closed again, and one whose close was rejected cannot")
    void closesAgain() {
        server.handle("guest-file-close", CommandHandler.rejecting("GenericError", "failed to close handle: No space"));
        client.blocking().connect();
        GuestFile file = GuestFile.of(agent, "/f", 1000);
        for (int close = 0; close < 2; close++) {
            assertThat(file.closeAsync())
                    .failsWithin(LIMIT)
                    .withThrowableThat()
                    .withCauseInstanceOf(RejectedException.class);
        }
        assertThat(received("guest-file-close")).isEqualTo(1);

        client.blocking().disconnect();
        CommandPolicy none = CommandPolicy.of(List.of("guest-ping"), List.of());
        try (QmpClient strict = builder().commandPolicy(none).build()) {
            strict.blocking().connect();
            GuestFile open = GuestFile.of(GuestAgent.of(strict), "/f", 1000);
            for (int close = 1; close <= 2; close++) {
                assertThat(open.closeAsync())
                        .failsWithin(LIMIT)
                        .withThrowableThat()
                        .withCauseInstanceOf(NotSentException.class);
                assertThat(strict.status().commandsRefused()).isEqualTo(close);
            }
        }
    }

    @Test
    @DisplayName("a chunk that can never be sent ends the copy at once")
    void doesNotRepeatWhatCannotBeSent() {
        try (QmpClient narrow = builder().maxCommandSize(1000).build()) {
            narrow.blocking().connect();
            Task<Long> upload =
                    GuestAgent.of(narrow).withOutageLimit(Duration.ofHours(1)).writeFile("/etc/motd", new byte[2000]);

            assertThatExceptionOfType(NotSentException.class)
                    .isThrownBy(() -> upload.await(LIMIT))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(NotSentException.Reason.UNSENDABLE));
        }
    }
}
