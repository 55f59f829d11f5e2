package dev.qmp.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
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

/** The outcome of a measurement does not depend on the order in which its callbacks run. */
@Timeout(30)
class DirtyRateOrderTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final ScriptedServer server = ScriptedServer.start();
    private final LateCallbacks callbacks = new LateCallbacks();
    private final QmpClient vm = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
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
    @DisplayName("a rate that was received before the end of the session counts")
    void countsARateBeforeTheEnd() {
        Peer peer = server.connect(vm);
        Task<DirtyRate> task = Statistics.of(vm).dirtyRate(Duration.ofMillis(50));
        peer.answer(peer.hear("query-dirty-rate"), rate("unstarted"));
        peer.answer(peer.hear("calc-dirty-rate"), "{}");
        var query = peer.hear("query-dirty-rate");

        callbacks.hold(Integer.MAX_VALUE);
        peer.answer(query, rate("measured"));
        peer.close();
        // a batch for the reply, the reply itself, because batches end with the session, and the end
        Awaitility.await().atMost(SOON).until(() -> callbacks.held() >= 3);
        callbacks.releaseReversed();

        assertThat(task.await(SOON).bytesPerSecond()).isEqualTo(5L << 20);
    }

    private static String rate(String status) {
        return "{\"status\": \"" + status + "\", \"start-time\": 1, \"calc-time\": 50, \"dirty-rate\": 5,"
                + " \"calc-time-unit\": \"millisecond\", \"sample-pages\": 512, \"mode\": \"page-sampling\"}";
    }
}
