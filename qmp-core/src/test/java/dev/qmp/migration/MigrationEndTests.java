package dev.qmp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.QmpException;
import dev.qmp.error.RejectedException;
import dev.qmp.qapi.type.MigrationStatus;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

/** How a migration ends whose sides end differently, or whose state cannot be read. A test plays both machines. */
@Timeout(30)
class MigrationEndTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String ACTIVE = "{\"status\": \"active\"}";
    private static final String COMPLETED = "{\"status\": \"completed\"}";

    private final ScriptedServer sourceServer = ScriptedServer.start();
    private final ScriptedServer destinationServer = ScriptedServer.start();
    private final QmpClient source = client(sourceServer, CommandPolicy.unrestricted());
    private final QmpClient destination = client(destinationServer, CommandPolicy.unrestricted());
    private Peer sourcePeer;
    private Peer destinationPeer;

    /** {@return a client whose callbacks run on the event loop, so a reply is processed before the next one is read} */
    private static QmpClient client(ScriptedServer server, CommandPolicy policy) {
        return QmpClient.builder(server.endpoint())
                .commandPolicy(policy)
                .callbackExecutor(Runnable::run)
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
    }

    @BeforeEach
    void connect() {
        sourcePeer = sourceServer.connect(source);
        destinationPeer = destinationServer.connect(destination);
    }

    @AfterEach
    void close() {
        source.close();
        destination.close();
        sourceServer.close();
        destinationServer.close();
    }

    private static Migration migration(QmpClient client) {
        return Migration.of(client).withProgressInterval(Duration.ofHours(1));
    }

    // ------------------------------------------------------------------ two sides

    /** {@return a migration whose source has completed, as its task has seen} The destination is asked next. */
    private MigrationTask completeTheSource() {
        MigrationTask task = migration(source).to(destination, "unix:/nowhere");
        sourcePeer.answer(sourcePeer.hear("migrate-set-capabilities"), "{}");
        destinationPeer.answer(destinationPeer.hear("migrate-set-capabilities"), "{}");
        destinationPeer.answer(destinationPeer.hear("migrate-incoming"), "{}");
        sourcePeer.answer(sourcePeer.hear("migrate"), "{}");
        sourcePeer.answer(sourcePeer.hear("query-migrate"), COMPLETED);
        await().until(() -> task.info() != null
                && MigrationStatus.COMPLETED.equals(task.info().status()));
        assertThat(task.isDone()).isFalse();
        return task;
    }

    private void roundTrip() {
        CompletableFuture<?> reply = source.execute("query-name");
        sourcePeer.answer(sourcePeer.hear("query-name"), "{}");
        assertThat(reply).succeedsWithin(SOON);
    }

    @Test
    @DisplayName("a source that has completed does not succeed if its destination ends: no side may run the guest")
    void doesNotSucceedWithoutItsDestination() {
        MigrationTask task = completeTheSource();
        destinationPeer.hear("query-migrate");
        destinationPeer.close();

        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(SOON))
                .withMessageContaining("the source has completed, but the destination has not")
                .havingCause()
                .isInstanceOf(TaskOutcomeUnknownException.class)
                .withMessageContaining("the session ended");
    }

    @Test
    @DisplayName("a source that has completed has an unknown outcome if its destination fails, which is the cause")
    void doesNotFailWithItsDestination() {
        MigrationTask task = completeTheSource();
        destinationPeer.answer(
                destinationPeer.hear("query-migrate"),
                "{\"status\": \"failed\", \"error-desc\": \"load of migration failed\"}");

        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(SOON))
                .withMessageContaining("the source has completed, but the destination has not")
                .havingCause()
                .isInstanceOf(TaskFailedException.class)
                .withMessageContaining("load of migration failed");
    }

    @Test
    @DisplayName("the task of the source does not complete before that of the destination")
    void waitsForItsDestination() {
        MigrationTask task = completeTheSource();
        destinationPeer.answer(destinationPeer.hear("query-migrate"), COMPLETED);

        assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
    }

    // ------------------------------------------------------------------ one side

    /** {@return a migration whose status is known} */
    private MigrationTask begin(String state) {
        MigrationTask task = migration(source).send("unix:/nowhere");
        sourcePeer.answer(sourcePeer.hear("migrate-set-capabilities"), "{}");
        sourcePeer.answer(sourcePeer.hear("migrate"), "{}");
        sourcePeer.answer(sourcePeer.hear("query-migrate"), state);
        return task;
    }

    @Test
    @DisplayName("a migration that QEMU reports as failed without a text has failed")
    void failsWithoutAReason() {
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> begin("{\"status\": \"failed\"}").await(SOON))
                .withMessageEndingWith("failed: QEMU reported no reason");
    }

    @Test
    @DisplayName("a migration that waits before its switchover is continued; QEMU's rejection does not end the task")
    void continuesTheSwitchover() {
        MigrationTask task = begin(ACTIVE);
        CompletableFuture<Void> early = task.continueSwitchover();
        sourcePeer.reject(
                sourcePeer.hear("migrate-continue"), "GenericError", "Migration not in expected state: pre-switchover");
        assertThat(early).failsWithin(SOON).withThrowableThat().withCauseInstanceOf(RejectedException.class);
        assertThat(task.isDone()).isFalse();

        CompletableFuture<Void> continued = task.continueSwitchover();
        ObjectNode command = sourcePeer.hear("migrate-continue");
        assertThat(command.at("/arguments/state").asString("")).isEqualTo("pre-switchover");
        sourcePeer.answer(command, "{}");
        assertThat(continued).succeedsWithin(SOON);
    }

    @Test
    @DisplayName("the incoming side is not cancelled: nothing is sent, and its task goes on")
    void refusesToCancelTheIncomingSide() {
        MigrationTask task = migration(source).receive("unix:/nowhere");
        sourcePeer.answer(sourcePeer.hear("migrate-set-capabilities"), "{}");
        sourcePeer.answer(sourcePeer.hear("migrate-incoming"), "{}");
        ObjectNode query = sourcePeer.hear("query-migrate");

        assertThat(task.cancel())
                .failsWithin(SOON)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(QmpException.class)
                .withMessage("the incoming side of a migration cannot be cancelled")
                .withCauseInstanceOf(UnsupportedOperationException.class);
        roundTrip(); // and no migrate_cancel before
        sourcePeer.answer(query, COMPLETED);
        assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
    }

    @Test
    @DisplayName("a client whose policy refuses query-migrate cannot follow a migration, which the failure reports")
    void failsIfItMayNotAsk() {
        try (QmpClient restricted = client(sourceServer, CommandPolicy.of(List.of("migrate*"), List.of()))) {
            sourcePeer = sourceServer.connect(restricted);
            MigrationTask task = migration(restricted).send("unix:/nowhere");
            sourcePeer.answer(sourcePeer.hear("migrate-set-capabilities"), "{}");
            sourcePeer.answer(sourcePeer.hear("migrate"), "{}");

            assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                    .isThrownBy(() -> task.await(SOON))
                    .withMessageContaining("its state cannot be read")
                    .withCauseInstanceOf(CommandRefusedException.class);
        }
    }

    @Test
    @DisplayName("a machine that rejects query-migrate leaves the outcome unknown")
    void isUnknownAfterARejectedQuery() {
        MigrationTask task = migration(source).send("unix:/nowhere");
        sourcePeer.answer(sourcePeer.hear("migrate-set-capabilities"), "{}");
        sourcePeer.answer(sourcePeer.hear("migrate"), "{}");
        sourcePeer.reject(sourcePeer.hear("query-migrate"), "GenericError", "not now");

        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(SOON))
                .withMessageContaining("its state cannot be read")
                .withCauseInstanceOf(RejectedException.class);
    }

    @Test
    @DisplayName("a migration is not followed without a session, because nothing is known of it")
    void doesNotFollowWithoutASession() {
        source.blocking().disconnect();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> migration(source).follow().await(SOON))
                .withMessageContaining("its state cannot be read")
                .withCauseInstanceOf(NotSentException.class);
    }
}
