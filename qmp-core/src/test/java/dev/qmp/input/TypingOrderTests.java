package dev.qmp.input;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.testing.LateCallbacks;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is typed does not depend on the order in which callbacks run. */
@Timeout(30)
class TypingOrderTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final ScriptedServer server = ScriptedServer.start();
    private final LateCallbacks callbacks = new LateCallbacks();
    private final QmpClient vm = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1.6, 0, Duration.ofMillis(200)))
            .disconnectTimeout(Duration.ofMillis(50))
            .callbackExecutor(callbacks)
            .build();

    @AfterEach
    void close() {
        callbacks.release();
        vm.close();
        server.close();
    }

    @Test
    @DisplayName("the rest of a text is not typed in a later session, even if the end of the session is reported late")
    void typesNothingInALaterSession() {
        Peer peer = server.connect(vm);
        Task<@Nullable Void> task =
                Input.of(vm).withHoldTime(Duration.ofSeconds(2)).type("ab");
        peer.answer(peer.hear("query-status"), "{\"status\": \"running\", \"running\": true}");
        peer.answer(peer.hear("send-key"), "{}");
        var query = vm.execute("query-name");
        peer.answer(peer.hear("query-name"), "{}");
        query.join(); // the reply before is processed, too

        callbacks.hold(1); // the report of the session's end
        peer.close();
        Peer other = server.accept().negotiate();

        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> task.await(SOON))
                .withMessageContaining("1 of 2 characters were typed");
        vm.execute("query-name");
        other.hear("query-name"); // and no key before
    }
}
