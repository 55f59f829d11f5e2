package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a guest agent never answers if it succeeds is done when it is sent. */
@Timeout(20)
class CommandWithoutReplyTests {

    private static final QmpCommand SHUTDOWN =
            QmpCommand.of("guest-shutdown").withArgument("mode", "powerdown").withoutReply();
    /** More than the system holds for a peer that does not read. */
    private static final QmpCommand LONG = SHUTDOWN.withArgument("padding", "x".repeat(3 * 1024 * 1024));

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .awaitGreeting(false)
            .negotiate(false)
            .maxCommandSize(4 * 1024 * 1024)
            .disconnectTimeout(Duration.ofMillis(50))
            .build();
    private Peer peer;

    @BeforeEach
    void connect() {
        CompletableFuture<Void> connected = client.connect();
        peer = server.accept();
        connected.join();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        assertThat(client.status().queued()).isZero();
        assertThat(client.status().pending()).isZero();
        assertThat(client.status().abandoned()).isZero();
    }

    @Test
    @DisplayName(
            "#48 it succeeds without a reply, with an empty object, and the next command has its place on the wire")
    void succeedsWithoutAReply() {
        assertThat(client.execute(SHUTDOWN))
                .succeedsWithin(Duration.ofSeconds(10))
                .satisfies(result ->
                        assertThat(result.isObject() && result.isEmpty()).isTrue());
        CompletableFuture<JsonNode> next = client.execute("guest-ping");

        peer.hear("guest-shutdown");
        peer.answer(peer.hear("guest-ping"), "{}");
        assertThat(next).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("#48 the error that comes after all is dropped, and counts as no stray")
    void dropsALateError() {
        CompletableFuture<JsonNode> first = client.execute("guest-ping"); // its answer shows that the agent takes ids
        peer.answer(peer.hear("guest-ping"), "{}");
        first.join();
        client.execute(SHUTDOWN).join();
        ObjectNode heard = peer.hear("guest-shutdown");
        CompletableFuture<JsonNode> next = client.execute("guest-ping");
        peer.reject(heard, "GenericError", "no such mode");
        peer.answer(peer.hear("guest-ping"), "{}");

        assertThat(next).succeedsWithin(Duration.ofSeconds(10));
        assertThat(client.status().strayReplies()).isZero();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
        peer.reject(heard, "GenericError", "again");
        await().untilAsserted(() ->
                assertThat(client.status().strayReplies()).as("once is enough").isEqualTo(1));
    }

    @Test
    @DisplayName("#48 it is not done before its last byte is sent")
    void waitsForItsLastByte() {
        CompletableFuture<JsonNode> command = client.execute(LONG);
        await().until(() -> client.status().pending() == 1);
        assertThat(command).isNotDone();

        peer.hear("guest-shutdown");

        assertThat(command).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName(
            "#48 if the session ends before its last byte is sent, the outcome is unknown; without one it is not sent")
    void failsAsOthersDo() {
        CompletableFuture<JsonNode> command = client.execute(LONG);
        await().until(() -> client.status().pending() == 1);
        peer.close();

        assertThat(command)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(OutcomeUnknownException.class);
        await().until(() -> client.runstate() == Runstate.IDLE);
        assertThat(client.execute(SHUTDOWN))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName("#48 #45 if it is abandoned before its last byte is sent, it frees its place when that byte is sent")
    void leavesItsPlaceThoughGivenUp() {
        CompletableFuture<JsonNode> command = client.execute(LONG);
        await().until(() -> client.status().pending() == 1);
        command.orTimeout(50, TimeUnit.MILLISECONDS);
        await().until(() -> client.status().abandoned() == 1);

        peer.hear("guest-shutdown");

        await().until(() -> client.status().abandoned() == 0);
        assertThat(peer.hearLine()).as("a command was given up").contains("guest-sync-delimited");
        CompletableFuture<JsonNode> next = client.execute("guest-ping");
        peer.answer(peer.hear("guest-ping"), "{}");
        assertThat(next).succeedsWithin(Duration.ofSeconds(10));
    }
}
