package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Replies that were meant for the client before, or the session before: none is taken for one's own. */
class StaleReplyTests extends OnHandshake {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"return\": {\"stale\": true}, \"id\": \"of-the-client-before\"}",
                "{\"return\": {\"stale\": true}}",
                "{\"return\": {}, \"id\": 1}",
                "{\"return\": {}, \"id\": null}",
                "{\"error\": {\"class\": \"GenericError\", \"desc\": \"stale\"}}",
                "{\"id\": 7, \"error\": {\"class\": \"GenericError\", \"desc\": \"stale\"}}"
            })
    @DisplayName("#15 stale replies of the previous client are dropped, with and without ids")
    void dropsStaleReplies(String stale) {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING).say(stale);
        ObjectNode negotiation = peer.hear("qmp_capabilities");
        peer.say(stale).answer(negotiation, "{}").identify();

        connect.join();

        assertThat(client.status().strayReplies()).isEqualTo(2);
        assertWorks(peer);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 300_000})
    @DisplayName("#15 a stale reply may even come before the greeting, and be longer than a greeting may")
    void dropsStaleRepliesBeforeTheGreeting(int length) {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say("{\"return\": \"" + "x".repeat(length) + "\", \"id\": \"of-the-client-before\"}");
        peer.negotiate();

        connect.join();

        assertThat(client.status().strayReplies()).isEqualTo(1);
        assertWorks(peer);
    }

    @Test
    @DisplayName("C2 #15 ids differ from session to session, so that an old reply never matches")
    void makesNewIdsForEachSession() {
        Peer first = server.connect(client);
        CompletableFuture<?> lost = client.execute("first");
        ObjectNode old = first.hear("first");
        first.close();
        assertThat(lost).failsWithin(Duration.ofSeconds(5));
        await().until(() -> client.runstate() == Runstate.IDLE);

        Peer second = server.connect(client);
        CompletableFuture<JsonNode> again = client.execute("first");
        ObjectNode heard = second.hear("first");
        assertThat(sessionOf(heard)).hasSize(7).isNotEqualTo(sessionOf(old));
        second.answer(old, "\"old\"").answer(heard, "\"new\"");

        assertThat(again.join().stringValue()).isEqualTo("new");
    }

    /**
     * {@return what an id has of its session} As many characters in each, so that no two of different ones are the same
     */
    private static String sessionOf(ObjectNode command) {
        return command.get("id").stringValue().substring(0, 7);
    }

    @Test
    @DisplayName("#15 #62 broken JSON after the greeting may be for the client before: another attempt may help")
    void mayHaveBetterLuckThanWithABrokenStaleReply() {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(ScriptedServer.GREETING).say("{\"return\": {}, \"id\": inf}");

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("#15 however many stale replies come, the own one is found")
    void findsItsReplyInAFloodOfStaleOnes() {
        useHandshakeTimeout(5000);
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept().say(ScriptedServer.GREETING);
        ObjectNode negotiation = peer.hear("qmp_capabilities");
        for (int i = 0; i < 5000; i++) {
            peer.say("{\"return\": {}, \"id\": " + i + "}");
        }
        peer.answer(negotiation, "{}").identify();

        connect.join();

        assertThat(client.status().strayReplies()).isEqualTo(5000);
    }
}
