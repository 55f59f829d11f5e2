package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The last command of a machine, whose reply may get lost in the haste. */
@Timeout(20)
class QuitTests {

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    @DisplayName("#28 quit succeeds if the machine announced its shutdown, even without a reply; others are unknown")
    void takesShutdownForTheReply() {
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> quit = client.execute("quit");
        CompletableFuture<JsonNode> other = client.execute("query-status");
        peer.hear("quit");
        peer.hear("query-status");
        peer.emit("SHUTDOWN").close();

        assertThat(quit).succeedsWithin(Duration.ofSeconds(5));
        assertThat(quit.join().isObject()).isTrue();
        assertThat(other)
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(OutcomeUnknownException.class);
        await().until(() -> client.runstate() == Runstate.IDLE);
        assertThat(theEndWasExpected()).isTrue();
    }

    private boolean theEndWasExpected() {
        await().until(() -> client.runstate() == Runstate.IDLE);
        return client.status().lastError() instanceof ConnectionLostException lost && lost.isExpected();
    }

    @Test
    @DisplayName("#28 a machine that runs again after its shutdown, as with -no-shutdown, is not expected to end")
    void expectsNoEndOfAMachineThatRunsAgain() {
        Peer peer = server.connect(client);
        peer.emit("SHUTDOWN").emit("RESUME").close();
        assertThat(theEndWasExpected()).isFalse();

        peer = server.connect(client);
        peer.emit("SHUTDOWN").emit("RESET").close();
        assertThat(theEndWasExpected()).isFalse();
    }

    @Test
    @DisplayName("#28 the shutdown of the session before makes no later end an expected one")
    void expectsNoEndForTheSessionBefore() {
        server.connect(client).emit("SHUTDOWN").close();
        assertThat(theEndWasExpected()).isTrue();
        server.connect(client).close();
        assertThat(theEndWasExpected()).isFalse();
    }

    @Test
    @DisplayName("#28 an earlier shutdown, or one for another reason, does not confirm the quit")
    void tellsShutdownsApart() {
        Peer peer = server.connect(client);
        peer.emit("SHUTDOWN", QmpJson.object().put("guest", true).put("reason", "guest-shutdown"));
        peer.emit("SHUTDOWN", QmpJson.object().put("reason", "host-qmp-quit"));
        await().until(() -> client.status().eventsReceived() == 2);
        CompletableFuture<JsonNode> quit = client.execute("quit");
        peer.hear("quit");
        peer.emit("SHUTDOWN", QmpJson.object().put("reason", "host-signal"));
        peer.close();

        assertThat(quit)
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    @DisplayName("#28 quit has succeeded if a SHUTDOWN event has confirmed it")
    void takesItsOwnShutdownForTheReply() {
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> quit = client.execute("quit");
        peer.hear("quit");
        peer.emit("SHUTDOWN", QmpJson.object().put("guest", false).put("reason", "host-qmp-quit"));
        peer.close();

        assertThat(quit).succeedsWithin(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("#28 without that word its outcome is as unknown as any other's")
    void doesNotGuess() {
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> quit = client.execute("quit");
        peer.hear("quit");
        peer.close();

        assertThat(quit)
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    @DisplayName("#28 a shutdown of the session before does not count")
    void forgetsTheSessionBefore() {
        Peer first = server.connect(client);
        first.emit("SHUTDOWN").close();
        await().until(() -> client.runstate() == Runstate.IDLE);
        Peer second = server.connect(client);
        CompletableFuture<JsonNode> quit = client.execute("quit");
        second.hear("quit");
        second.close();

        assertThat(quit)
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(OutcomeUnknownException.class);
    }
}
