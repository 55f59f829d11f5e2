package dev.qmp.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.CommandCheck;
import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.qapi.command.DumpGuestMemory;
import dev.qmp.qapi.type.DumpQueryResult;
import dev.qmp.schema.InvalidCommandException;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The outcome of a dump of the guest's memory. */
@Timeout(30)
class DumpTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String ACTIVE = status("active", 1);
    private static final String COMPLETED = status("completed", 4);
    private static final String FAILED = status("failed", 1);

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = client(CommandPolicy.unrestricted());

    private static String status(String status, int completed) {
        return "{\"status\": \"" + status + "\", \"completed\": " + completed + ", \"total\": 4}";
    }

    private QmpClient client(CommandPolicy policy) {
        return QmpClient.builder(server.endpoint())
                .commandPolicy(policy)
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private static Task<DumpQueryResult> dump(QmpClient client) {
        return Jobs.of(client)
                .withProgressInterval(Duration.ofHours(1))
                .dump(DumpGuestMemory.command(false).withProtocol("file:/dumps/vm1"));
    }

    /** {@return a dump that QEMU has started} It is queried next. */
    private Task<DumpQueryResult> begin(Peer peer) {
        Task<DumpQueryResult> dump = dump(client);
        peer.answer(peer.hear("dump-guest-memory"), "{}");
        return dump;
    }

    private static void end(Peer peer, String... error) {
        ObjectNode data = QmpJson.object();
        if (error.length > 0) {
            data.put("error", error[0]);
        }
        peer.emit("DUMP_COMPLETED", data);
    }

    @Test
    @DisplayName("a dump that failed has the text of its event; none is cancelled")
    void dumps() {
        Peer peer = server.connect(client);
        Task<DumpQueryResult> dump = dump(client);
        ObjectNode command = peer.hear("dump-guest-memory");
        assertThat(command.get("arguments").path("detach").asBoolean(false)).isTrue();
        peer.answer(command, "{}");
        peer.answer(peer.hear("query-dump"), ACTIVE);
        assertThat(dump.cancel()).failsWithin(SOON);
        end(peer, "disk on fire");
        peer.answer(peer.hear("query-dump"), FAILED);
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> dump.await(SOON))
                .withMessageContaining("disk on fire");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a dump whose reply is lost: an earlier dump proves nothing; one that was seen is followed")
    void dumpsAfterALostReply(boolean seen) {
        try (QmpClient reconnecting = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
                .build()) {
            Peer peer = server.connect(reconnecting);
            Task<DumpQueryResult> dump = dump(reconnecting);
            peer.hear("dump-guest-memory");
            peer.close();
            peer = server.accept().negotiate();
            if (seen) {
                peer.answer(peer.hear("query-dump"), ACTIVE);
                end(peer);
            }
            peer.answer(peer.hear("query-dump"), COMPLETED);

            if (seen) {
                assertThat(dump.await(SOON).completed()).isEqualTo(4);
            } else {
                assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                        .isThrownBy(() -> dump.await(SOON))
                        .withMessageContaining("may be an earlier one")
                        .withCauseInstanceOf(OutcomeUnknownException.class);
            }
        }
    }

    @Test
    @DisplayName("a dump whose event precedes the loss of the reply has succeeded")
    void dumpsWithTheEventBeforeTheLossOfTheReply() {
        try (QmpClient reconnecting = QmpClient.builder(server.endpoint())
                .callbackExecutor(Runnable::run)
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
                .build()) {
            Peer peer = server.connect(reconnecting);
            Task<DumpQueryResult> dump = dump(reconnecting);
            peer.hear("dump-guest-memory");
            end(peer);
            peer.close();
            peer = server.accept().negotiate();
            peer.answer(peer.hear("query-dump"), COMPLETED);

            assertThat(dump.await(SOON).completed()).isEqualTo(4);
        }
    }

    @Test
    @DisplayName("a dump that has failed waits for the text of its event, and fails without it at the second look")
    void failsWithoutItsEvent() {
        Peer peer = server.connect(client);
        Task<DumpQueryResult> dump = Jobs.of(client)
                .withProgressInterval(Duration.ofMillis(100))
                .dump(DumpGuestMemory.command(false).withProtocol("file:/dumps/vm1"));
        peer.answer(peer.hear("dump-guest-memory"), "{}");
        peer.answer(peer.hear("query-dump"), FAILED);
        ObjectNode second = peer.hear("query-dump");
        assertThat(dump.isDone()).isFalse();
        peer.answer(second, FAILED);

        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> dump.await(SOON))
                .withMessageEndingWith("failed: QEMU reported no reason");
    }

    @Test
    @DisplayName("a dump that has failed has the text of its event, which follows the first look")
    void failsWithAnEventAfterTheFirstLook() {
        Peer peer = server.connect(client);
        Task<DumpQueryResult> dump = begin(peer);
        peer.answer(peer.hear("query-dump"), FAILED);
        await().until(() -> dump.progress() != null);
        end(peer, "disk on fire");
        peer.answer(peer.hear("query-dump"), FAILED);

        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> dump.await(SOON))
                .withMessageEndingWith("failed: disk on fire");
    }

    @Test
    @DisplayName("a dump that QEMU refuses has that failure, and its state is not queried")
    void isRefused() {
        Peer peer = server.connect(client);
        Task<DumpQueryResult> dump = dump(client);
        peer.reject(peer.hear("dump-guest-memory"), "GenericError", "There is a dump in process, please wait");

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> dump.await(SOON))
                .withMessageContaining("There is a dump in process");
        client.execute("query-name");
        peer.hear("query-name"); // and no query-dump before
    }

    @Test
    @DisplayName("a machine that was started anew knows of no dump, so the outcome is unknown")
    void isUnknownIfTheMachineWasStartedAnew() {
        Peer peer = server.connect(client);
        Task<DumpQueryResult> dump = begin(peer);
        peer.answer(peer.hear("query-dump"), status("none", 0));

        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> dump.await(SOON))
                .withMessageEndingWith("the machine knows of no dump: it was started anew");
    }

    @Test
    @DisplayName(
            "a client whose policy refuses query-dump cannot follow a dump, and a rejected query leaves it unknown")
    void failsIfItMayNotAsk() {
        try (QmpClient restricted = client(CommandPolicy.of(List.of("dump-guest-memory"), List.of()))) {
            Peer peer = server.connect(restricted);
            Task<DumpQueryResult> dump = dump(restricted);
            peer.answer(peer.hear("dump-guest-memory"), "{}");
            assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                    .isThrownBy(() -> dump.await(SOON))
                    .withMessageContaining("its state cannot be read")
                    .withCauseInstanceOf(CommandRefusedException.class);
        }
        Peer peer = server.connect(client);
        Task<DumpQueryResult> dump = begin(peer);
        peer.reject(peer.hear("query-dump"), "GenericError", "not now");
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> dump.await(SOON))
                .withMessageContaining("its state cannot be read")
                .withCauseInstanceOf(RejectedException.class);
    }

    @Test
    @DisplayName("a dump on a machine whose schema lacks query-dump is unknown at once")
    void failsIfTheCheckRefusesTheQuery() {
        JsonNode schema = JsonMapper.shared()
                .readTree(
                        """
                [{"meta-type": "command", "name": "dump-guest-memory", "arg-type": "1", "ret-type": "0"},
                 {"meta-type": "command", "name": "query-qmp-schema", "arg-type": "0", "ret-type": "0"},
                 {"meta-type": "object", "name": "0", "members": []},
                 {"meta-type": "object", "name": "1", "members": [
                     {"name": "paging", "type": "bool"},
                     {"name": "protocol", "type": "str"},
                     {"name": "detach", "type": "bool", "default": null}]},
                 {"meta-type": "builtin", "name": "bool", "json-type": "boolean"},
                 {"meta-type": "builtin", "name": "str", "json-type": "string"}]
                """);
        try (QmpServer machine = QmpServer.builder("tcp:127.0.0.1:0")
                        .schema(schema)
                        .handler("dump-guest-memory", CommandHandler.returning(null))
                        .start();
                QmpClient checking = QmpClient.builder(machine.endpoint())
                        .commandCheck(CommandCheck.REFUSE)
                        .build()) {
            checking.blocking().connect();
            assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                    .isThrownBy(() -> dump(checking).await(SOON))
                    .withMessageContaining("its state cannot be read")
                    .withCauseInstanceOf(InvalidCommandException.class);
        }
    }

    @Test
    @DisplayName("a dump whose session ends for good has an unknown outcome")
    void isUnknownWithoutASession() {
        Peer peer = server.connect(client);
        Task<DumpQueryResult> dump = begin(peer);
        peer.hear("query-dump");
        peer.close();

        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> dump.await(SOON))
                .withMessageEndingWith("the session ended")
                .withCauseInstanceOf(ConnectionLostException.class);
    }
}
