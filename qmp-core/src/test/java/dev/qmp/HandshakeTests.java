package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** From the first byte to RUNNING, with various messages of the server. */
class HandshakeTests extends OnHandshake {

    @Test
    @DisplayName("a wait for a session ends when there is one")
    void awaitsASession() throws Exception {
        client.start();
        assertThat(client.blocking().awaitRunning(Duration.ofMillis(1))).isFalse();
        CompletableFuture<Boolean> waiting =
                CompletableFuture.supplyAsync(() -> client.blocking().awaitRunning(Duration.ofSeconds(10)));
        server.accept().negotiate();
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(client.blocking().awaitRunning(Duration.ZERO)).isTrue();
    }

    @Test
    @DisplayName("#18 events before greeting and negotiation are passed over")
    void passesOverEarlyEvents() {
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.emit("EARLY").say(ScriptedServer.GREETING);
        ObjectNode negotiation = peer.hear("qmp_capabilities");
        peer.emit("STOP").emit("RESUME").answer(negotiation, "{}").identify();

        connect.join();

        assertWorks(peer);
        assertThat(client.status().strayReplies()).isZero();
        assertThat(listener.clear()).singleElement().isInstanceOf(EventSignal.Connected.class);
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
    @DisplayName("C1 with a greeting but without negotiation")
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
}
