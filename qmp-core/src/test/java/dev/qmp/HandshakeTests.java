package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** From the first byte to RUNNING, whatever the server says on the way. */
@Timeout(20)
class HandshakeTests {

    private final ScriptedServer server = ScriptedServer.start();
    private QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    /** {@return why a connect failed, after which nothing must be left of it} */
    private QmpConnectException failureOf(CompletableFuture<Void> connect) {
        try {
            connect.get(10, TimeUnit.SECONDS);
            throw new AssertionError("it succeeded");
        } catch (ExecutionException e) {
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            assertThat(e.getCause()).isInstanceOf(QmpConnectException.class);
            return (QmpConnectException) e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome", e);
        }
    }

    private void useHandshakeTimeout(long millis) {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .handshakeTimeout(Duration.ofMillis(millis))
                .build();
    }

    private void assertWorks(Peer peer) {
        CompletableFuture<?> command = client.execute("first");
        peer.answer(peer.hear("first"), "{}");
        command.join();
    }

    // ------------------------------------------------------------------ what is legal

    @Test
    @DisplayName("G7 a flood before the negotiation is over is bounded, and named")
    void boundsWhatIsPassedOver() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING);
        peer.hear("qmp_capabilities");
        String flood = "{\"event\": \"FLOOD\"}".repeat(1024);
        for (int i = 0; i < 64; i++) {
            peer.say(flood);
        }
        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.NEGOTIATION);
        assertThat(failure).hasMessageContaining("more than 65536 messages");
    }

    @Test
    @DisplayName("whoever waits for a session waits no longer than that")
    void awaitsASession() throws Exception {
        assertThat(client.blocking().awaitRunning(Duration.ofMillis(1))).isFalse();
        CompletableFuture<Boolean> waiting =
                CompletableFuture.supplyAsync(() -> client.blocking().awaitRunning(Duration.ofSeconds(10)));
        client.start();
        server.accept().negotiate();
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(client.blocking().awaitRunning(Duration.ZERO)).isTrue();
    }

    @Test
    @DisplayName("#18 events before greeting and negotiation are passed over")
    void passesOverEarlyEvents() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.emit("EARLY").say(ScriptedServer.GREETING);
        ObjectNode negotiation = peer.hear("qmp_capabilities");
        peer.emit("STOP").emit("RESUME").answer(negotiation, "{}").identify();

        connect.join();

        assertWorks(peer);
        assertThat(client.status().strayReplies()).isZero();
    }

    @Test
    @DisplayName("C1 without greeting and negotiation, as a guest agent has none, the first word is the first command")
    void connectsWithoutGreeting() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .awaitGreeting(false)
                .negotiate(false)
                .build();
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        connect.join();

        assertWorks(peer);
        assertThat(client.status().greeting()).isNull();
    }

    @Test
    @DisplayName("C1 with a greeting but without negotiation, for who wants to look before")
    void connectsWithoutNegotiation() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .negotiate(false)
                .build();
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept().say(ScriptedServer.GREETING);
        connect.join();

        assertWorks(peer);
        assertThat(client.status().greeting()).isNotNull();
        assertThat(client.status().outOfBand()).isFalse();
    }

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
        assertThat(heard.get("id")).isNotEqualTo(old.get("id"));
        second.answer(old, "\"old\"").answer(heard, "\"new\"");

        assertThat(again.join().stringValue()).isEqualTo("new");
    }

    @Test
    @DisplayName("#17 refused out-of-band is asked for again without")
    void negotiatesAgainWithoutOutOfBand() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING);
        ObjectNode first = peer.hear("qmp_capabilities");
        assertThat(first.at("/arguments/enable/0").stringValue()).isEqualTo("oob");
        peer.reject(first, "GenericError", "This monitor does not support Out-Of-Band");
        ObjectNode second = peer.hear("qmp_capabilities");
        assertThat(second.has("arguments")).isFalse();
        peer.answer(second, "{}").identify();

        connect.join();

        assertThat(client.status().outOfBand()).isFalse();
        assertWorks(peer);
    }

    @Test
    @DisplayName("#14 unknown capabilities are ignored")
    void ignoresUnknownCapabilities() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, \"major\": 99}, \"package\": \"\","
                + " \"new\": 1}, \"capabilities\": [\"warp\"], \"new\": {}}, \"new\": []}");
        ObjectNode negotiation = peer.hear("qmp_capabilities");
        assertThat(negotiation.has("arguments")).isFalse();
        peer.answer(negotiation, "{}").identify();

        connect.join();

        assertThat(client.status().greeting().version().major()).isEqualTo(99);
    }

    // ------------------------------------------------------------------ what is not

    @Test
    @DisplayName("#17 refused negotiation fails for good, with class and description")
    void failsWhenNegotiationIsRefused() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING);
        peer.reject(peer.hear("qmp_capabilities"), "CommandNotFound", "no oob");
        peer.reject(peer.hear("qmp_capabilities"), "CommandNotFound", "never\nhere");

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(failure).hasMessageContaining("CommandNotFound: never\\u000Ahere");
    }

    @Test
    @DisplayName("#14 a second greeting fails for good")
    void failsAtASecondGreeting() {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(ScriptedServer.GREETING).say(ScriptedServer.GREETING);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isFalse();
    }

    @Test
    @DisplayName("#15 #62 broken JSON after the greeting may be for the client before: another attempt may help")
    void mayHaveBetterLuckThanWithABrokenStaleReply() {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(ScriptedServer.GREETING).say("{\"return\": {}, \"id\": inf}");

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>",
                "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3",
                "QEMU 7.2.22 monitor - type 'help' for more information\r\n(qemu) ",
                "RFB 003.008\n",
                "[]",
                "\"text\"",
                "\uFEFF{}",
                "{\"not\": \"a message\"}",
                "{]",
                "}"
            })
    @DisplayName("#11 what is not QMP fails for good, at once, in the greeting")
    void failsAtWhatIsNotQmp(String banner) {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(banner);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(failure.getMessage()).hasSizeLessThan(400).doesNotContain("\r", "\n");
    }

    @Test
    @DisplayName("#11 of what is not QMP, 64 bytes are quoted, and their control characters escaped")
    void quotesLittle() {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say("\u001B[31m" + "A".repeat(59) + "z".repeat(10_000));

        assertThat(failureOf(connect))
                .message()
                .contains("[31m" + "A".repeat(59))
                .doesNotContain("zz", "\u001B", "another client")
                .hasSizeLessThan(256);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"QMP\": 1}",
                "{\"QMP\": {}}",
                "{\"QMP\": {\"version\": \"7.2\", \"capabilities\": []}}",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": \"7\", \"minor\": 2, \"micro\": 0}}, \"capabilities\": []}}",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": -7, \"minor\": 2, \"micro\": 0}}, \"capabilities\": []}}",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 2}}, \"capabilities\": []}}",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 2.5, \"micro\": 0}}, \"capabilities\": []}}",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 99999999999, \"minor\": 2, \"micro\": 0}}, \"capabilities\": []}}",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 0}}}}",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 0}}, \"capabilities\": \"oob\"}}",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 0}}, \"capabilities\": [1]}}"
            })
    @DisplayName("#14 a greeting of the wrong types fails for good")
    void failsAtABadVersion(String greeting) {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(greeting);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
        assertThat(failure.isRetryable()).isFalse();
    }

    @Test
    @DisplayName("#12 an endless greeting is cut off at 64 KiB")
    void cutsAnEndlessGreeting() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.sayPart("{\"QMP\": \"");
        try {
            for (int i = 0; i < 64; i++) {
                peer.sayPart("x".repeat(16 * 1024));
            }
        } catch (UncheckedIOException e) {
            // the client has hung up, rightly
        }

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
        assertThat(failure.isRetryable()).isFalse();
    }

    @Test
    @DisplayName("#10 closed before the greeting: may be tried again")
    void failsWhenClosedBeforeTheGreeting() {
        CompletableFuture<Void> connect = client.connect();
        server.accept().close();

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure)
                .hasMessageContaining("greeting")
                .hasMessageContaining("the peer closed the connection")
                .message()
                .as("without TLS no certificate can be the cause")
                .doesNotContain("certificate");
    }

    @Test
    @DisplayName("#10 closed within the greeting, or in the negotiation: may be tried again")
    void failsWhenClosedInTheMiddle() {
        CompletableFuture<Void> connect = client.connect();
        server.accept().sayPart(ScriptedServer.GREETING.substring(0, 30)).close();
        assertThat(failureOf(connect).isRetryable()).isTrue();

        connect = client.connect();
        Peer peer = server.accept().say(ScriptedServer.GREETING);
        peer.hear("qmp_capabilities");
        peer.close();
        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("#7 silence: the deadline passes, the text says what it probably means")
    void failsAtSilence() {
        useHandshakeTimeout(150);

        QmpConnectException failure = failureOf(client.connect());
        assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("another client may hold this monitor");
    }

    @Test
    @DisplayName("#16 an unanswered negotiation: the text says what it probably means")
    void failsAtASilentNegotiation() {
        useHandshakeTimeout(150);
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(ScriptedServer.GREETING);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("busy with a command of the client that was here before");
    }

    @Test
    @DisplayName("#13 drip: the deadline is absolute, however steadily the bytes come")
    void failsAtADrip() {
        useHandshakeTimeout(300);
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        Iterator<Integer> drops = ScriptedServer.GREETING.chars().iterator();
        ScheduledExecutorService tap = Executors.newSingleThreadScheduledExecutor();
        try {
            // ends by itself with the last drop, or with the first that nobody takes
            tap.scheduleAtFixedRate(() -> peer.sayPart(Character.toString(drops.next())), 0, 20, TimeUnit.MILLISECONDS);
            assertThat(failureOf(connect).isRetryable()).isTrue();
            assertThat(drops).as("drops that were to come when the time was up").hasNext();
        } finally {
            tap.shutdownNow();
        }
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
