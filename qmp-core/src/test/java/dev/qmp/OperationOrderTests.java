package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.task.Task;
import dev.qmp.testing.LateCallbacks;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The outcome of an operation does not depend on the order in which its callbacks run. */
@Timeout(30)
class OperationOrderTests {

    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Duration SOON = Duration.ofSeconds(20);

    private final ScriptedServer server = ScriptedServer.start();
    private final LateCallbacks callbacks = new LateCallbacks();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(Duration.ofMillis(50))
            .callbackExecutor(callbacks)
            .build();

    @AfterEach
    void close() {
        callbacks.release();
        client.close();
        server.close();
    }

    private Task<QmpEvent> unplug(String device) {
        return client.start(Operation.of(
                QmpCommand.of("device_del").withArgument("id", device),
                EventFilter.named("DEVICE_DELETED").with("device", device),
                LIMIT));
    }

    @Test
    @DisplayName("an event that was received within the time limit counts, if its callback is later than the limit's")
    void countsAnEventWithALateCallback() {
        Peer peer = server.connect(client);
        Task<QmpEvent> first = unplug("first");
        Task<QmpEvent> second = unplug("second");
        peer.answer(peer.hear("device_del"), "{}");
        peer.answer(peer.hear("device_del"), "{}");
        var synchronous = client.execute("query-name");
        peer.answer(peer.hear("query-name"), "{}");
        synchronous.join(); // the replies before are processed, too

        callbacks.hold(Integer.MAX_VALUE);
        peer.emit("DEVICE_DELETED", QmpJson.object().put("device", "first"));
        // the callback of the event, unless a thread was still busy with the replies; then those of the limits
        Awaitility.await().atMost(SOON).until(() -> first.isDone() || callbacks.held() >= 3);
        callbacks.releaseReversed();

        assertThat(first.await(SOON).name()).isEqualTo("DEVICE_DELETED");
        assertThatExceptionOfType(EventNotSeenException.class).isThrownBy(() -> second.await(SOON));
    }
}
