package dev.qmp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.type.MigrationStatus;
import dev.qmp.task.TaskFailedException;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QEMU reports the last migration, also an incoming one. None of them is taken for the task's own. */
@Timeout(30)
class OwnMigrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(10);
    private static final String COMPLETED = "{\"status\": \"completed\"}";
    private static final String RAM = "{\"transferred\": 0, \"remaining\": 1, \"total\": 1, \"duplicate\": 0, "
            + "\"normal\": 0, \"normal-bytes\": 0, \"dirty-pages-rate\": 0, \"mbps\": 0, \"dirty-sync-count\": 1, "
            + "\"postcopy-requests\": 0, \"page-size\": 4096, \"multifd-bytes\": 0, \"pages-per-second\": 0}";

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.exponential(SHORT, 1, 0, SHORT))
            .disconnectTimeout(Duration.ofMillis(50))
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private Migration migration() {
        return Migration.of(client).withProgressInterval(Duration.ofHours(1));
    }

    private static void answerStatus(Peer peer, String status) {
        peer.answer(peer.hear("query-status"), "{\"status\": \"" + status + "\", \"running\": false}");
    }

    private static void assertUnknown(MigrationTask task, String status) {
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(SOON))
                .withMessageContaining("the guest's status is " + status + ",");
    }

    @ParameterizedTest
    @ValueSource(strings = {"running", "paused", "inmigrate", "shutdown"})
    @DisplayName("a completed migration of a machine that has a guest is not the one that is followed")
    void doesNotFollowAnotherMigration(String status) {
        Peer peer = server.connect(client);
        MigrationTask task = migration().follow();
        peer.answer(peer.hear("query-migrate"), COMPLETED);
        answerStatus(peer, status);

        assertUnknown(task, status);
    }

    @Test
    @DisplayName("a completed migration counts when the guest's status is postmigrate, which finish-migrate precedes")
    void followsACompletedMigration() {
        Peer peer = server.connect(client);
        MigrationTask task = migration().follow();
        peer.answer(peer.hear("query-migrate"), COMPLETED);
        answerStatus(peer, "finish-migrate");
        peer.emit("MIGRATION");
        peer.answer(peer.hear("query-migrate"), COMPLETED);
        assertThat(task.isDone()).isFalse();
        answerStatus(peer, "postmigrate");

        assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a migration that was seen to leave the machine needs no other proof; an incoming one has no memory")
    void followsARunningMigration(boolean outgoing) {
        Peer peer = server.connect(client);
        MigrationTask task = migration().follow();
        peer.answer(
                peer.hear("query-migrate"), "{\"status\": \"active\"" + (outgoing ? ", \"ram\": " + RAM : "") + "}");
        peer.emit("MIGRATION");
        peer.answer(peer.hear("query-migrate"), COMPLETED);
        if (outgoing) {
            assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
        } else {
            answerStatus(peer, "running");
            assertUnknown(task, "running");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"running", "postmigrate"})
    @DisplayName("after a lost session the machine may be a new one, into which a guest was migrated")
    void doesNotTakeTheMigrationOfANewMachine(String status) {
        Peer peer = server.connect(client);
        MigrationTask task = migration().send("unix:/nowhere");
        peer.answer(peer.hear("migrate-set-capabilities"), "{}");
        peer.answer(peer.hear("migrate"), "{}");
        peer.answer(peer.hear("query-migrate"), "{\"status\": \"active\", \"ram\": " + RAM + "}");
        peer.close();
        peer = server.accept().negotiate();
        peer.answer(peer.hear("query-migrate"), COMPLETED);
        answerStatus(peer, status);

        if (status.equals("postmigrate")) {
            assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
        } else {
            assertUnknown(task, status);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"running", "inmigrate"})
    @DisplayName("a failed migration has left the guest here, unless the machine still waits for one")
    void doesNotFollowAFailedIncomingMigration(String status) {
        Peer peer = server.connect(client);
        MigrationTask task = migration().follow();
        peer.answer(peer.hear("query-migrate"), "{\"status\": \"failed\", \"error-desc\": \"no route\"}");
        answerStatus(peer, status);

        if (status.equals("running")) {
            assertThatExceptionOfType(TaskFailedException.class)
                    .isThrownBy(() -> task.await(SOON))
                    .withMessageContaining("no route");
        } else {
            assertUnknown(task, status);
        }
    }

    @Test
    @DisplayName("an end that was answered before the end of its session counts")
    void completesAfterItsSession() {
        LateCallbacks callbacks = new LateCallbacks();
        try (QmpClient source = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .callbackExecutor(callbacks)
                .build()) {
            Peer peer = server.connect(source);
            MigrationTask task = Migration.of(source)
                    .withProgressInterval(Duration.ofHours(1))
                    .send("unix:/nowhere");
            peer.answer(peer.hear("migrate-set-capabilities"), "{}");
            peer.answer(peer.hear("migrate"), "{}");
            var query = peer.hear("query-migrate");

            callbacks.hold(Integer.MAX_VALUE);
            peer.answer(query, COMPLETED);
            peer.close();
            Awaitility.await().atMost(SOON).until(() -> source.runstate() == Runstate.IDLE);
            callbacks.release();

            assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
        }
    }
}
