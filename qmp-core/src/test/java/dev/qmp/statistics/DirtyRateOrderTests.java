package dev.qmp.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.task.Task;
import dev.qmp.task.TaskOutcomeUnknownException;
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

    @Test
    @DisplayName("a rate of a later session does not count, even if the end of the session is reported after it")
    void countsNoRateOfALaterSession() {
        Peer peer = server.connect(vm);
        Task<DirtyRate> task = Statistics.of(vm).dirtyRate(Duration.ofSeconds(1));
        peer.answer(peer.hear("query-dirty-rate"), rate("unstarted"));
        peer.answer(peer.hear("calc-dirty-rate"), "{}");
        var query = vm.execute("query-name");
        peer.answer(peer.hear("query-name"), "{}");
        query.join(); // the reply before is processed, too

        callbacks.hold(1); // the report of the session's end
        peer.close();
        Peer other = server.accept().negotiate();

        assertThatExceptionOfType(TaskOutcomeUnknownException.class).isThrownBy(() -> task.await(SOON));
        vm.execute("query-name");
        other.hear("query-name"); // and no query for the rate before
    }

    private static String rate(String status) {
        return "{\"status\": \"" + status + "\", \"start-time\": 1, \"calc-time\": 50, \"dirty-rate\": 5,"
                + " \"calc-time-unit\": \"millisecond\", \"sample-pages\": 512, \"mode\": \"page-sampling\"}";
    }
}
