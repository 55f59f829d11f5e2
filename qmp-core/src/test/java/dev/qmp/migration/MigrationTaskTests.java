package dev.qmp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.qapi.type.MigrationStatus;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

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
    @DisplayName("an option that only the source refuses does not use up the destination, which listens once")
    void setsTheOptionsOfTheSourceFirst() {
        endsBeforeTheDestinationListens((peer, task) -> {
            peer.reject(peer.hear("migrate-set-capabilities"), "GenericError", "Parameter 'capability' is unknown");

            assertThatExceptionOfType(RejectedException.class)
                    .isThrownBy(() -> task.await(SOON))
                    .withMessageContaining("migrate-set-capabilities was rejected");
        });
    }

    @Test
    @DisplayName("a migration that is cancelled while the source's options are set does not reach the destination")
    void isCancelledBeforeTheDestinationListens() {
        endsBeforeTheDestinationListens((peer, task) -> {
            ObjectNode options = peer.hear("migrate-set-capabilities");

            assertThat(task.cancel()).succeedsWithin(SOON);
            peer.answer(options, "{}");

            assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> task.await(SOON));
            client.execute("query-name");
            peer.hear("query-name"); // the reply to the options was handled before
        });
    }

    private void endsBeforeTheDestinationListens(BiConsumer<Peer, MigrationTask> end) {
        try (ScriptedServer otherServer = ScriptedServer.start();
                QmpClient destination = QmpClient.builder(otherServer.endpoint())
                        .reconnect(ReconnectPolicy.never())
                        .disconnectTimeout(Duration.ofMillis(50))
                        .build()) {
            Peer peer = server.connect(client);
            Peer other = otherServer.connect(destination);

            end.accept(peer, Migration.of(client).to(destination, "unix:/nowhere"));

            destination.execute("query-name");
            other.hear("query-name"); // and no command of the migration before
        }
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

    @ParameterizedTest
    @ValueSource(strings = {"shutdown", "running"})
    @DisplayName(
            "a migration goes on after the guest's shutdown if QEMU stays, but none of a new machine is taken for it")
    void staysWithTheMachine(String status) {
        try (QmpClient reconnecting = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
                .build()) {
            Peer peer = server.connect(reconnecting);
            MigrationTask task = Migration.of(reconnecting)
                    .withProgressInterval(Duration.ofHours(1))
                    .send("unix:/nowhere");
            peer.answer(peer.hear("migrate-set-capabilities"), "{}");
            peer.answer(peer.hear("migrate"), "{}");
            peer.answer(peer.hear("query-migrate"), "{\"status\": \"active\"}");
            peer.emit("SHUTDOWN", QmpJson.object().put("guest", true).put("reason", "guest-shutdown"));
            peer.answer(peer.hear("query-migrate"), "{\"status\": \"active\"}");
            peer.close();
            peer = server.accept().negotiate();
            peer.answer(peer.hear("query-status"), "{\"status\": \"" + status + "\", \"running\": false}");
            if (status.equals("shutdown")) {
                peer.answer(peer.hear("query-migrate"), "{\"status\": \"completed\"}");
                peer.answer(peer.hear("query-status"), "{\"status\": \"postmigrate\", \"running\": false}");
                assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
            } else {
                assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                        .isThrownBy(() -> task.await(SOON))
                        .withMessageContaining("started anew");
            }
        }
    }

    // ------------------------------------------------------------------ a file that this process opens

    @TempDir
    private Path folder;

    private final QmpClient withDescriptors = QmpClient.builder(server.endpoint())
            .fileDescriptors(true)
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(Duration.ofMillis(50))
            .build();

    @AfterEach
    void closeWithDescriptors() {
        withDescriptors.close();
    }

    private Path oldState() throws IOException {
        return Files.writeString(folder.resolve("state"), "old");
    }

    private void assertOldState() {
        assertThat(folder).isDirectoryContaining("glob:**/state");
        assertThat(folder.toFile().list()).hasSize(1);
        assertThat(folder.resolve("state")).hasContent("old");
    }

    @ParameterizedTest
    @ValueSource(strings = {"migrate-set-capabilities", "migrate"})
    @DisplayName("a refused migration leaves the file as it is, and the machine has no descriptor left")
    void keepsTheFileIfQemuRefuses(String refused) throws IOException {
        Path file = oldState();
        Peer peer = server.connect(withDescriptors);
        MigrationTask task = Migration.of(withDescriptors).toFile(file);
        ObjectNode passed = peer.hearWithDescriptor("getfd");
        peer.answer(passed, "{}");
        ObjectNode command = peer.hear("migrate-set-capabilities");
        if (refused.equals("migrate")) {
            peer.answer(command, "{}");
            command = peer.hear("migrate");
        }
        peer.reject(command, "GenericError", "There's a migration process in progress");

        assertThat(peer.hear("closefd").at("/arguments/fdname")).isEqualTo(passed.at("/arguments/fdname"));
        assertThatExceptionOfType(RejectedException.class).isThrownBy(() -> task.await(SOON));
        assertOldState();
    }

    @Test
    @DisplayName("a migration that is cancelled before its begin leaves the file as it is")
    void keepsTheFileIfItIsCancelled() throws IOException {
        Path file = oldState();
        Peer peer = server.connect(withDescriptors);
        MigrationTask task = Migration.of(withDescriptors).toFile(file);
        peer.answer(peer.hearWithDescriptor("getfd"), "{}");
        ObjectNode options = peer.hear("migrate-set-capabilities");
        assertThat(task.cancel()).succeedsWithin(SOON);
        peer.answer(options, "{}");

        peer.hear("closefd");
        assertOldState();
    }

    @Test
    @DisplayName("if this process cannot open the file, the task that observers have ends with the thrown exception")
    void endsTheTaskOfAFileThatCannotBeOpened() {
        List<Task<?>> tasks = new ArrayList<>();
        try (QmpClient observed = QmpClient.builder(server.endpoint())
                .fileDescriptors(true)
                .taskObserver((vm, kind, task) -> tasks.add(task))
                .build()) {
            server.connect(observed);
            Path file = folder.resolve("missing").resolve("state");

            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> Migration.of(observed).toFile(file))
                    .satisfies(e ->
                            assertThatThrownBy(() -> tasks.get(0).await(SOON)).isSameAs(e));
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> Migration.of(observed).fromFile(file))
                    .satisfies(e ->
                            assertThatThrownBy(() -> tasks.get(1).await(SOON)).isSameAs(e));
        }
    }

    @Test
    @DisplayName("a migration that cannot be sent leaves the file as it is: no session yet, or no descriptors")
    void keepsTheFileIfNothingIsSent() throws IOException {
        Path file = oldState();
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> Migration.of(client).toFile(file).await(SOON))
                .withMessageContaining("migrate was not sent");
        assertOldState();

        Peer peer = server.connect(client);
        MigrationTask task = Migration.of(client).toFile(file);
        peer.answer(peer.hear("migrate-set-capabilities"), "{}");
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> task.await(SOON))
                .withMessageContaining("getfd was not sent");
        assertOldState();
    }

    @Test
    @DisplayName("without a greeting, this process opens the file, because QEMU's version is not known")
    void passesTheFileWithoutAGreeting() {
        try (QmpClient ungreeted = QmpClient.builder(server.endpoint())
                .awaitGreeting(false)
                .negotiate(false)
                .fileDescriptors(true)
                .build()) {
            CompletableFuture<Void> connected = ungreeted.connect();
            Peer peer = server.accept();
            assertThat(connected).succeedsWithin(SOON);
            MigrationTask task = Migration.of(ungreeted).toFile(folder.resolve("state"));
            peer.answer(peer.hearWithDescriptor("getfd"), "{}");
            peer.answer(peer.hear("migrate-set-capabilities"), "{}");
            peer.answer(peer.hear("migrate"), "{}");
            peer.answer(peer.hear("query-migrate"), "{\"status\": \"completed\"}");

            assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
        }
    }

    @Test
    @DisplayName("if the reply is lost and the file cannot be renamed, the new one's name is logged")
    void keepsTheNewFileIfItCannotBeRenamed() throws IOException {
        Path file = folder.resolve("state");
        Peer peer = server.connect(withDescriptors);
        MigrationTask task = Migration.of(withDescriptors).toFile(file);
        peer.answer(peer.hearWithDescriptor("getfd"), "{}");
        peer.answer(peer.hear("migrate-set-capabilities"), "{}");
        peer.hear("migrate");
        Files.createDirectories(file.resolve("in-the-way"));
        try (LogRecorder log = LogRecorder.of(PassedFile.class.getName())) {
            peer.close();

            assertThatExceptionOfType(OutcomeUnknownException.class).isThrownBy(() -> task.await(SOON));
            assertThat(folder.toFile().list()).hasSize(2);
            assertThat(log.at(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("may write to " + folder)
                    .endsWith(".migration, which cannot be renamed to " + file);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("an accepted migration replaces the file, and so does one whose reply is lost; only its user reads it")
    void replacesTheFile(boolean replied) throws IOException {
        Path file = oldState();
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        Peer peer = server.connect(withDescriptors);
        MigrationTask task = Migration.of(withDescriptors).toFile(link);
        peer.answer(peer.hearWithDescriptor("getfd"), "{}");
        peer.answer(peer.hear("migrate-set-capabilities"), "{}");
        ObjectNode begin = peer.hear("migrate");
        assertThat(file).hasContent("old");
        if (replied) {
            peer.answer(begin, "{}");
            peer.answer(peer.hear("query-migrate"), "{\"status\": \"completed\"}");
            task.await(SOON);
        } else {
            peer.close();
            assertThatExceptionOfType(OutcomeUnknownException.class).isThrownBy(() -> task.await(SOON));
        }

        assertThat(file).isEmptyFile();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(link).isSymbolicLink();
        assertThat(folder.toFile().list()).hasSize(2);
    }
}
