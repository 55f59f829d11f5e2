package dev.qmp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.agent.GuestAgent;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Registration;
import dev.qmp.qapi.agent.type.GuestAgentInfo;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that plays a guest agent. */
@Timeout(30)
class QmpServerAgentTests {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(500);

    private QmpServer server;
    private QmpClient client;

    private GuestAgent connect(QmpServer.Builder builder) {
        server = builder.start();
        client = QmpClient.builder(server.endpoint())
                .guestAgent()
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(100)))
                .build();
        client.start();
        client.blocking().awaitRunning(SOON);
        return GuestAgent.of(client);
    }

    private static QmpServer.Builder agent() {
        return QmpServer.builder("tcp:127.0.0.1:0").guestAgent();
    }

    @AfterEach
    void close() {
        if (client != null) {
            client.close();
        }
        server.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientNeedsNoGreetingAndRecordsAreWithoutItsOwnCommands(boolean ids) throws Exception {
        GuestAgent agent = connect(agent().commandIds(ids));
        server.awaitClient(SOON);

        GuestAgentInfo info = agent.blocking().info();
        agent.blocking().ping();

        assertThat(info.version()).isEqualTo("7.2.22");
        assertThat(info.supportedCommands())
                .extracting(command -> command.name())
                .containsExactly("guest-info", "guest-ping", "guest-sync", "guest-sync-delimited");
        assertThat(server.received()).extracting(command -> command.name()).containsExactly("guest-info", "guest-ping");
        assertThat(server.received())
                .allSatisfy(command -> assertThat(command.id() != null).isEqualTo(ids));
        assertThat(client.status().greeting()).isNull();
        assertThat(client.status().strayReplies()).isZero();
    }

    @Test
    void halfACommandEndsAtAByte0xff() throws IOException {
        server = agent().start();
        try (RawPeer peer = RawServer.dial(server.endpoint())) {
            peer.write("{\"execute\": \"guest-p");
            peer.write(new byte[] {(byte) 0xFF});
            assertThat(peer.readLine()).contains("\"GenericError\"").contains("JSON parse error");
            peer.write("{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": 7}}");
            assertThat(peer.read()).isEqualTo(0xFF);
            assertThat(peer.readLine()).isEqualTo("{\"return\":7}");
        }
    }

    @Test
    void errorsDoNotOvertakeReplies() throws IOException {
        CountDownLatch gate = new CountDownLatch(1);
        server = agent().commandIds(false).start();
        server.handle("slow", CommandHandler.returning(null).after(gate));
        try (RawPeer peer = RawServer.dial(server.endpoint())) {
            peer.write("{\"execute\": \"slow\"}\nnonsense\n{\"execute\": \"guest-ping\", \"id\": 1}\n");
            await().until(() -> server.received().size() == 1);
            gate.countDown();
            assertThat(peer.readLine()).isEqualTo("{\"return\":{}}");
            assertThat(peer.readLine()).contains("JSON parse error");
            assertThat(peer.readLine()).contains("QMP input object member 'id' is unexpected");
        }
    }

    @Test
    void aDeafServerDiscardsCommandsAndAnswersLaterOnes() {
        GuestAgent agent = connect(agent());
        assertThat(agent.blocking().isListening(SOON)).isTrue();

        try (Registration fault = server.inject(ServerFault.DEAF)) {
            assertThat(fault).isNotNull();
            assertThat(agent.blocking().isListening(SHORT)).isFalse();
        }

        assertThat(agent.blocking().isListening(SOON)).isTrue();
        assertThat(client.status().reconnects()).isZero();
        assertThat(server.received()).hasSize(2);
    }

    @Test
    void aCommandWithoutAReplyIsExecutedAndHoldsUpNoOther() {
        GuestAgent agent =
                connect(agent().handler("quiet", CommandHandler.returning(null).withoutReply()));

        assertThat(client.execute(QmpCommand.of("quiet").withTimeout(SHORT)))
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(CommandTimeoutException.class);
        agent.blocking().ping();

        assertThat(server.received()).extracting(command -> command.name()).containsExactly("quiet", "guest-ping");
        server.reset();
        assertThat(server.received()).isEmpty();
        assertThat(client.status().reconnects()).isZero();
    }

    @Test
    void whatOnlyMonitorsHaveIsRefused() throws IOException {
        server = agent().start();
        assertThat(server.isGuestAgent()).isTrue();
        assertThatIllegalStateException()
                .isThrownBy(() -> server.emit(QmpEvent.of("STOP")))
                .withMessageContaining("'STOP'");
        assertThatIllegalStateException()
                .isThrownBy(() -> agent().schema("7.2").start())
                .withMessageContaining("guestAgent()");
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        QmpServer.builder("tcp:127.0.0.1:0").commandIds(false).start())
                .withMessageContaining("guestAgent()");
        try (RawPeer peer = RawServer.dial(server.endpoint())) {
            peer.write("{\"exec-oob\": \"guest-ping\"}\n");
            assertThat(peer.readLine()).contains("QMP input member 'exec-oob' is unexpected");
            peer.write("{\"execute\": \"qmp_capabilities\"}\n");
            assertThat(peer.readLine()).contains("CommandNotFound");
        }
    }
}
