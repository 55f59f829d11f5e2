package dev.qmp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A migration of a machine that a test plays. */
@Timeout(30)
class MigrationTaskTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(Duration.ofMillis(50))
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    @DisplayName("a migration that is cancelled while its options are set does not begin")
    void isCancelledBeforeItsBegin() {
        Peer peer = server.connect(client);
        MigrationTask task = Migration.of(client).send("unix:/nowhere");
        var options = peer.hear("migrate-set-capabilities");

        assertThat(task.cancel()).succeedsWithin(SOON);
        peer.answer(options, "{}");

        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> task.await(SOON));
        client.execute("query-name");
        peer.hear("query-name"); // and no migrate before
    }

    @Test
    @DisplayName("a migration that has begun is cancelled by QEMU, which receives the cancellation after the begin")
    void isCancelledAfterItsBegin() {
        Peer peer = server.connect(client);
        MigrationTask task = Migration.of(client).send("unix:/nowhere");
        peer.answer(peer.hear("migrate-set-capabilities"), "{}");
        var begin = peer.hear("migrate");
        var cancelled = task.cancel();
        peer.answer(begin, "{}");
        var next = peer.hear();
        while (next.path("execute").asString("").equals("query-migrate")) {
            peer.answer(next, "{\"status\": \"active\"}");
            next = peer.hear();
        }
        peer.answer(next, "{}");

        assertThat(next.path("execute").asString("")).isEqualTo("migrate_cancel");
        assertThat(cancelled).succeedsWithin(SOON);
    }
}
