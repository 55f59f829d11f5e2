package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.SessionEnd.Kind;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpJson;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client on a guest agent that an attacker in the guest has replaced. */
@Timeout(30)
class HostileAgentTests {

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .name("agent")
            .guestAgent()
            .reconnect(ReconnectPolicy.never())
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private Peer connect() {
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        return peer;
    }

    private ProtocolException endOfSession() {
        await().until(() -> client.status().lastEnd() != null);
        SessionEnd end = client.status().lastEnd();
        assertThat(end.kind()).isEqualTo(Kind.CONNECTION_LOST);
        assertThat(end.shutdownReason()).isNull();
        assertThat(end.cause()).isInstanceOf(ProtocolException.class);
        return (ProtocolException) end.cause();
    }

    @Test
    @DisplayName("an event ends the session, reaches no listener, and is no shutdown of the machine")
    void takesNoEvent() {
        List<EventSignal> signals = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, signals::add);
        Peer peer = connect();

        peer.emit("SHUTDOWN", QmpJson.object().put("guest", true).put("reason", "guest-shutdown"));

        ProtocolException end = endOfSession();
        assertThat(end.violation()).isEqualTo(Violation.UNEXPECTED);
        assertThat(end)
                .hasMessageContaining("an event arrived")
                .hasMessageContaining("a guest agent sends replies only")
                .hasMessageContaining("monitor");
        await().untilAsserted(() -> assertThat(signals)
                .hasExactlyElementsOfTypes(EventSignal.Connected.class, EventSignal.Disconnected.class));
    }

    @Test
    @DisplayName("lines about odd replies are limited over all sessions, not in each")
    void fillsNoLog() {
        String stray = "{\"return\": 1, \"id\": \"x\"}";
        String withoutId = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"odd\"}}";
        String refusal = "{\"error\": {\"class\": \"GenericError\","
                + " \"desc\": \"QMP input object member 'id' is unexpected\"}}";
        server.play(peer -> peer.say(stray).say(withoutId).say(refusal));
        try (LogRecorder log = LogRecorder.of("dev.qmp");
                QmpClient reconnecting = QmpClient.builder(server.endpoint())
                        .name("agent")
                        .guestAgent()
                        .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(1), 1, 0, Duration.ofMillis(1)))
                        .build()) {
            reconnecting.start();
            await().until(() -> log.at(Level.DEBUG).stream()
                            .filter(HostileAgentTests::isOfReply)
                            .count()
                    > 30);

            assertThat(log.at(Level.WARN))
                    .filteredOn(HostileAgentTests::isOfReply)
                    .hasSizeBetween(1, 3);
            assertThat(log.at(Level.INFO))
                    .filteredOn(HostileAgentTests::isOfReply)
                    .hasSizeBetween(1, 3);
        }
    }

    private static boolean isOfReply(String line) {
        return line.contains("belongs to no command") || line.contains("without an id") || line.contains("refuses ids");
    }

    @Test
    @DisplayName("a greeting ends the session, and the text suggests that the address is a monitor's")
    void takesNoGreeting() {
        Peer peer = connect();

        peer.say(ScriptedServer.GREETING);

        assertThat(endOfSession())
                .hasMessageContaining("a greeting arrived")
                .hasMessageContaining("a guest agent sends replies only")
                .hasMessageContaining("monitor");
    }
}
