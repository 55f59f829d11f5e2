package dev.qmp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.QmpException;
import dev.qmp.message.QmpJson;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Post-copy between machines that a test plays. QEMU before 10.0 accepts a cancellation during post-copy. */
@Timeout(30)
class PostcopyTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String ACTIVE = "{\"status\": \"active\"}";

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = client(server);
    private Peer peer;

    private static QmpClient client(ScriptedServer server) {
        return QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
    }

    @BeforeEach
    void connect() {
        peer = server.connect(client);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private Migration migration() {
        return Migration.of(client).withPostcopy().withProgressInterval(Duration.ofHours(1));
    }

    /** {@return a migration whose status is known to be active} */
    private MigrationTask begin() {
        MigrationTask task = migration().send("unix:/nowhere");
        peer.answer(peer.hear("migrate-set-capabilities"), "{}");
        peer.answer(peer.hear("migrate"), "{}");
        peer.answer(peer.hear("query-migrate"), ACTIVE);
        await().until(() -> task.info() != null);
        return task;
    }

    private void assertRefused(CompletableFuture<?> cancelled) {
        assertThat(cancelled)
                .failsWithin(SOON)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(QmpException.class)
                .withMessageContaining("after post-copy was started");
        client.execute("query-name");
        peer.hear("query-name"); // and no migrate_cancel before
    }

    @Test
    @DisplayName("a migration is not cancelled after post-copy was requested, although its status does not show it yet")
    void refusesToCancelAfterTheRequest() {
        MigrationTask task = begin();
        CompletableFuture<Void> started = task.startPostcopy();
        peer.answer(peer.hear("migrate-start-postcopy"), "{}");
        assertThat(started).succeedsWithin(SOON);
        CompletableFuture<Void> cancelled = task.cancel();
        peer.answer(peer.hear("query-migrate"), ACTIVE);

        assertRefused(cancelled);
        assertThat(task.isDone()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"postcopy-active", "postcopy-paused", "postcopy-recover", "postcopy-device"})
    @DisplayName("a migration is not cancelled if its status is one of post-copy, which another client has started")
    void refusesToCancelDuringPostcopy(String status) {
        CompletableFuture<Void> cancelled = begin().cancel();
        peer.answer(peer.hear("query-migrate"), "{\"status\": \"" + status + "\"}");

        assertRefused(cancelled);
    }

    @Test
    @DisplayName("a migration can be cancelled after QEMU has rejected post-copy")
    void cancelsAfterARejectedRequest() {
        MigrationTask task = begin();
        CompletableFuture<Void> started = task.startPostcopy();
        peer.reject(peer.hear("migrate-start-postcopy"), "GenericError", "Enable postcopy with migrate_set_capability");
        assertThat(started).failsWithin(SOON);
        CompletableFuture<Void> cancelled = task.cancel();
        peer.answer(peer.hear("query-migrate"), ACTIVE);
        peer.answer(peer.hear("migrate_cancel"), "{}");

        assertThat(cancelled).succeedsWithin(SOON);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postcopy-active", "active"})
    @DisplayName("a migration that another client has cancelled is unknown after post-copy, and cancelled before")
    void doesNotReportACancelledPostcopyAsCancelled(String before) {
        MigrationTask task = begin();
        peer.emit("MIGRATION", QmpJson.object().put("status", before));
        peer.answer(peer.hear("query-migrate"), "{\"status\": \"cancelled\"}");

        assertThatExceptionOfType(
                        before.equals("active") ? TaskCancelledException.class : TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(SOON));
    }

    // ------------------------------------------------------------------ a lost link

    @Test
    @DisplayName("post-copy that has lost its link is recovered: the destination first, out of band")
    void recovers() {
        try (ScriptedServer otherServer = ScriptedServer.start();
                QmpClient destination = client(otherServer)) {
            Peer other = otherServer.connect(destination);
            MigrationTask task = beginPaused(destination, other, Duration.ofHours(1));

            CompletableFuture<Void> recovered = task.recover("unix:/listen", "unix:/connect");
            var listen = other.hear("migrate-recover");
            assertThat(listen.path("exec-oob").asString("")).isEqualTo("migrate-recover");
            assertThat(listen.at("/arguments/uri").asString("")).isEqualTo("unix:/listen");
            other.answer(listen, "{}");
            var resume = peer.hear("migrate");
            assertThat(resume.at("/arguments"))
                    .isEqualTo(QmpJson.object().put("uri", "unix:/connect").put("resume", true));
            peer.answer(resume, "{}");

            assertThat(recovered).succeedsWithin(SOON);
            assertThat(task.isDone()).isFalse();
        }
    }

    @Test
    @DisplayName("post-copy that has lost its link, and its destination, has an unknown outcome")
    void endsWithTheDestination() {
        try (ScriptedServer otherServer = ScriptedServer.start();
                QmpClient destination = client(otherServer)) {
            Peer other = otherServer.connect(destination);
            MigrationTask task = beginPaused(destination, other, Duration.ofMillis(500));
            assertThat(task.isDone()).isFalse();

            other.close();
            CompletableFuture.runAsync(() -> {
                while (true) {
                    peer.answer(peer.hear("query-migrate"), "{\"status\": \"postcopy-paused\"}");
                }
            });
            assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                    .isThrownBy(() -> task.await(SOON))
                    .withMessageContaining("the destination's task has ended")
                    .withCauseInstanceOf(TaskOutcomeUnknownException.class);
        }
    }

    /** {@return a migration of both sides whose phase is that of post-copy without a link} */
    private MigrationTask beginPaused(QmpClient destination, Peer other, Duration interval) {
        MigrationTask task = migration().withProgressInterval(interval).to(destination, "unix:/nowhere");
        peer.answer(peer.hear("migrate-set-capabilities"), "{}");
        other.answer(other.hear("migrate-set-capabilities"), "{}");
        other.answer(other.hear("migrate-incoming"), "{}");
        other.answer(other.hear("query-migrate"), "{\"status\": \"postcopy-active\"}");
        peer.answer(peer.hear("migrate"), "{}");
        peer.answer(peer.hear("query-migrate"), "{\"status\": \"postcopy-paused\"}");
        await().until(() -> task.progress() != null);
        assertThat(task.progress().phase()).isEqualTo("postcopy-paused");
        return task;
    }

    @Test
    @DisplayName("a task of one side recovers that side")
    void recoversOneSide() {
        MigrationTask followed = migration().follow();
        peer.answer(peer.hear("query-migrate"), "{\"status\": \"postcopy-paused\"}");
        followed.recover("unix:/again");
        assertThat(peer.hear("migrate").at("/arguments/resume").asBoolean()).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> followed.recover(" "))
                .withMessageContaining("must not be blank");
    }
}
