package dev.qmp;

import dev.qmp.event.EventSignal;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** A client that is not connected yet, and a server that emits events on request of the test. */
@Timeout(20)
abstract class OnEventSource {

    static final Duration SOON = Duration.ofSeconds(10);
    /**
     * For so long a reply waits for the callbacks of the events before it. A machine that stood still longer proves
     * nothing.
     */
    static final Duration HELD_BACK = Duration.ofMillis(500);

    final ScriptedServer server = ScriptedServer.start();
    final CountDownLatch testEnds = new CountDownLatch(1);
    QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(Duration.ofMillis(50))
            .build();

    @AfterEach
    void close() {
        testEnds.countDown();
        client.close();
        server.close();
    }

    /** Waits until the client has processed all messages that the peer has sent so far. */
    void settle(Peer peer) {
        CompletableFuture<JsonNode> command = client.execute("settle");
        peer.answer(peer.hear("settle"), "{}");
        command.join();
    }

    static List<String> namesOf(List<EventSignal> signals) {
        return signals.stream()
                .map(signal -> signal instanceof EventSignal.Received received
                        ? received.event().name()
                        : signal instanceof EventSignal.Gap gap
                                ? "gap " + gap.lost()
                                : signal.getClass().getSimpleName())
                .toList();
    }
}
