package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.RejectedException;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** Handshakes that fail: in which phase, why, and whether another attempt may help. */
class HandshakeFailureTests extends OnHandshake {

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
        assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
        assertThat(failure).hasMessageContaining("more than 65536 messages");
        assertThat(failure.isRetryable())
                .as("another time there may be less for the client before")
                .isTrue();
    }

    @Test
    @DisplayName("G7 events between the negotiation and the session are kept up to a bound, which is named")
    void boundsWhatIsKept() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING);
        peer.answer(peer.hear("qmp_capabilities"), "{}");
        peer.hear("query-uuid");
        peer.say("{\"event\": \"FLOOD\"}".repeat(1025));
        assertThat(failureOf(connect)).hasMessageContaining("more than 1024 events before the session");
    }

    @Test
    @DisplayName("G7 the bytes that arrive before the session are bounded, so a few long events are too many")
    void boundsTheBytesOfWhatIsKept() {
        try (QmpClient limited = QmpClient.builder(server.endpoint())
                .maxMessageSize(2 * 1024 * 1024)
                .reconnect(ReconnectPolicy.never())
                .build()) {
            CompletableFuture<Void> connect = limited.connect();
            Peer peer = server.accept();
            peer.say(ScriptedServer.GREETING);
            peer.answer(peer.hear("qmp_capabilities"), "{}");
            peer.hear("query-uuid");
            String event = "{\"event\": \"FLOOD\", \"data\": {\"a\": \"" + "x".repeat(1024 * 1024) + "\"}}";
            for (int i = 0; i < 7; i++) {
                peer.say(event);
            }
            peer.answer(peer.hear("query-name"), "{}"); // it still listens
            peer.say(event);
            assertThat(failureOf(connect))
                    .hasMessageContaining("more than 8388608 bytes arrived before the session is established")
                    .hasMessageContaining("4 times maxMessageSize");
        }
    }

    @Test
    @DisplayName("#17 refused negotiation fails with class and description")
    void failsWhenNegotiationIsRefused() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING);
        peer.reject(peer.hear("qmp_capabilities"), "CommandNotFound", "no oob");
        peer.reject(peer.hear("qmp_capabilities"), "CommandNotFound", "never\nhere");

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("CommandNotFound: never\\u000Ahere");
        assertThat(failure.getCause()).isInstanceOfSatisfying(RejectedException.class, cause -> {
            assertThat(cause.commandName()).isEqualTo("qmp_capabilities");
            assertThat(cause.errorClass()).isEqualTo("CommandNotFound");
            assertThat(cause.description()).isEqualTo("never\nhere");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"qmp_capabilities", "query-uuid"})
    @DisplayName("#15 an error without an id is quoted by the failure if no other reply comes, in the present phase")
    void quotesAnErrorWithoutAnId(String unanswered) {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING);
        ObjectNode negotiation = peer.hear("qmp_capabilities");
        if (unanswered.equals("query-uuid")) {
            peer.answer(negotiation, "{}").hear("query-uuid");
        }
        peer.say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\\nway" + "x".repeat(1000) + "\"}}");
        peer.close();

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase())
                .isEqualTo(unanswered.equals("query-uuid") ? HandshakePhase.IDENTITY : HandshakePhase.NEGOTIATION);
        assertThat(failure)
                .hasMessageContaining("an error without an id arrived")
                .hasMessageContaining("GenericError: no\\u000Awayx");
        assertThat(failure.getMessage()).hasSizeLessThan(500);
        assertThat(client.status().strayReplies()).isEqualTo(1);
    }

    @Test
    @DisplayName("#16 a deadline after an error without an id quotes the error, and states no silence")
    void quotesAnErrorWithoutAnIdAtTheDeadline() {
        useHandshakeTimeout(3000);
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING).hear("qmp_capabilities");
        peer.say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no way\"}}");

        assertThat(failureOf(connect))
                .hasMessageContaining("GenericError: no way")
                .message()
                .doesNotContain("nothing");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("a connect that a disconnect ends fails with the phase that it has reached, blocking or not")
    void failsWithThePhaseThatADisconnectEnds(boolean blocking) {
        CompletableFuture<Void> connect =
                blocking ? CompletableFuture.runAsync(() -> client.blocking().connect()) : client.connect();
        Peer peer = server.accept();
        peer.say(ScriptedServer.GREETING);
        peer.hear("qmp_capabilities");
        client.disconnect().join();

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
        assertThat(failure).hasMessageContaining("disconnected meanwhile");
    }

    @Test
    @DisplayName("#14 a second greeting, as of a QEMU that is just starting, fails, and another try may succeed")
    void failsAtASecondGreeting() {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(ScriptedServer.GREETING).say(ScriptedServer.GREETING);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
        assertThat(failure).hasMessageContaining("a second greeting");
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("C1 a greeting to a client with awaitGreeting(false) fails for good, and the text names the option")
    void failsAtAGreetingThatIsNotAwaited() {
        try (QmpClient unawaiting =
                QmpClient.builder(server.endpoint()).awaitGreeting(false).build()) {
            CompletableFuture<Void> connect = unawaiting.connect();
            server.accept().say(ScriptedServer.GREETING);

            QmpConnectException failure = failureOf(connect);
            assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
            assertThat(failure).hasMessageContaining("awaitGreeting(false)");
            assertThat(failure.isRetryable()).isFalse();
        }
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
    @DisplayName("#11 what is not QMP fails at once, in the greeting, and another server may come")
    void failsAtWhatIsNotQmp(String banner) {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(banner);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.GREETING);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure.getMessage()).hasSizeLessThan(400).doesNotContain("\r", "\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ame\": \"vm.secret\", \"type\": \"str\"}], \"id\": \"abc1\"}\r\n",
                "cret\"}]}\r\n",
                ", {\"name\": \"secret\"}]}\r\n",
                "]}, {\"name\": \"secret\"}]}\r\n"
            })
    @DisplayName(
            "the rest of a reply to another client before the greeting is named as that, not quoted, and tried again")
    void theRestOfAReplyToAnotherClient(String rest) {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(rest);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.GREETING);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure)
                .hasMessageContaining("the rest of a reply to another client")
                .hasMessageContaining("the next attempt comes after it");
        assertThat(failure.getMessage()).doesNotContain("cret");
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
    @DisplayName("#14 a greeting of the wrong types fails, and another server may come")
    void failsAtABadVersion(String greeting) {
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(greeting);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.GREETING);
        assertThat(failure.isRetryable()).isTrue();
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
        assertThat(failure.phase()).isEqualTo(HandshakePhase.GREETING);
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("#10 closed before the greeting: may be tried again")
    void failsWhenClosedBeforeTheGreeting() {
        CompletableFuture<Void> connect = client.connect();
        server.accept().close();

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.GREETING);
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
        assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("#7 silence: the deadline passes, and the text has the probable reason")
    void failsAtSilence() {
        useHandshakeTimeout(150);

        QmpConnectException failure = failureOf(client.connect());
        assertThat(failure.phase()).isEqualTo(HandshakePhase.GREETING);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("another client may hold this monitor");
    }

    @Test
    @DisplayName("#16 an unanswered negotiation: the text has the probable reason")
    void failsAtASilentNegotiation() {
        useHandshakeTimeout(3000);
        CompletableFuture<Void> connect = client.connect();
        server.accept().say(ScriptedServer.GREETING);

        QmpConnectException failure = failureOf(connect);
        assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("busy with a command of an earlier client");
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
            // ends with the last drop, or with the first drop that is not read
            tap.scheduleWithFixedDelay(
                    () -> peer.sayPart(Character.toString(drops.next())), 0, 20, TimeUnit.MILLISECONDS);
            assertThat(failureOf(connect).isRetryable()).isTrue();
            assertThat(drops).as("drops that were to come when the time was up").hasNext();
        } finally {
            tap.shutdownNow();
        }
    }
}
