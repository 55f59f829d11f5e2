package dev.qmp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.CommandException;
import dev.qmp.error.QmpException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.command.Cont;
import dev.qmp.qapi.command.MigrateSetParameters;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.MigrationCapability;
import dev.qmp.qapi.type.MigrationInfo;
import dev.qmp.qapi.type.MigrationStatus;
import dev.qmp.qapi.type.RunState;
import dev.qmp.task.Progress;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Migrations between two real QEMUs: each outcome, and across a lost connection. The guest is the firmware. */
@RequiresQemu
@Timeout(60)
class MigrationIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final MigrateSetParameters SLOW =
            MigrateSetParameters.command().withMaxBandwidth(4096);
    private static final MigrateSetParameters FAST =
            MigrateSetParameters.command().withMaxBandwidth(1 << 30);

    private static Qemu sourceQemu;
    private static QmpClient source;

    private final Qemu destinationQemu = Qemu.withMachine("pc,accel=tcg", "-m", "16", "-incoming", "defer");
    private QmpClient destination;

    @BeforeAll
    static void startSource() {
        sourceQemu = restarted();
        source = connect(sourceQemu, "source");
    }

    @AfterAll
    static void stopSource() {
        source.close();
        sourceQemu.close();
    }

    private static Qemu restarted() {
        Qemu machine = Qemu.withMachine("pc,accel=tcg", "-m", "16");
        machine.restart();
        return machine;
    }

    private static QmpClient connect(Qemu machine, String name) {
        return connect(machine, name, ReconnectPolicy.exponential());
    }

    private static QmpClient connect(Qemu machine, String name, ReconnectPolicy reconnect) {
        QmpClient connected = QmpClient.builder(machine.endpoint())
                .name(name)
                .reconnect(reconnect)
                .fileDescriptors(true)
                .disconnectTimeout(Duration.ofMillis(100))
                .build();
        connected.blocking().connect();
        return connected;
    }

    @BeforeEach
    void startDestination() {
        destinationQemu.restart();
        destination = connect(destinationQemu, "destination");
        source.blocking().execute(Cont.command()); // a migrated guest is paused
    }

    @AfterEach
    void stopDestination() {
        destination.close();
        destinationQemu.close();
    }

    private static Migration migration() {
        return Migration.of(source).withProgressInterval(Duration.ofMillis(50)).withParameters(FAST);
    }

    private static Migration slowMigration() {
        return migration().withParameters(SLOW);
    }

    private String socket() {
        return "unix:" + destinationQemu.folder().resolve("migration");
    }

    private static RunState statusOf(QmpClient machine) {
        return machine.blocking().execute(QueryStatus.command()).status();
    }

    private static void awaitActive(MigrationTask task) {
        await().until(() -> {
            MigrationInfo info = task.info();
            return info != null && info.ram() != null && MigrationStatus.ACTIVE.equals(info.status());
        });
    }

    // ------------------------------------------------------------------ live

    @Test
    @DisplayName("live: progress of the memory, rate and downtime; the guest runs on the destination")
    void migrates() {
        Queue<Progress> seen = new ConcurrentLinkedQueue<>();
        MigrationTask task = slowMigration().to(destination, socket()).onProgress(seen::add);
        awaitActive(task);
        assertThat(task.info().ram().mbps()).isNotNegative();
        await().until(() -> task.info().expectedDowntime() != null); // 11.1 does not estimate it at once
        assertThat(task.info().expectedDowntime()).isPositive();
        assertThat(task.progress().total()).isGreaterThan(16 << 20);
        source.blocking().execute(FAST);
        MigrationInfo info = task.await(SOON);

        assertThat(info.status()).isEqualTo(MigrationStatus.COMPLETED);
        assertThat(info.downtime()).isNotNegative();
        assertThat(task.progress().share()).hasValue(1);
        assertThat(seen).extracting(Progress::phase).contains("active");
        await().until(() -> statusOf(source).equals(RunState.POSTMIGRATE)); // QEMU 5.2 reports the completion before
        await().until(() -> statusOf(destination).equals(RunState.RUNNING));
        assertThat(Migration.of(source).follow().await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
        assertFollowsNone(destination);
        source.blocking().execute(Cont.command());
        assertFollowsNone(source);
    }

    /** QEMU reports an incoming migration, and one before the guest was continued, as completed. */
    private static void assertFollowsNone(QmpClient machine) {
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> Migration.of(machine).follow().await(SOON))
                .withMessageContaining("the guest's status is running");
    }

    @Test
    @DisplayName("a cancelled migration has an outcome of its own, and the guest runs on")
    void cancels() {
        MigrationTask task = slowMigration().to(destination, socket());
        awaitActive(task);
        task.cancel().join();
        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> task.await(SOON));
        assertThat(statusOf(source)).isEqualTo(RunState.RUNNING);
    }

    @Test
    @DisplayName("a destination that is not there: QEMU's own text; one that does not wait: its refusal")
    void fails() {
        assertThatExceptionOfType(TaskException.class)
                .isThrownBy(() -> migration().send(socket()).await(SOON))
                .isInstanceOf(TaskFailedException.class)
                .withMessageContaining("No such file or directory");
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> Migration.of(destination).to(source, socket()).await(SOON))
                .isInstanceOf(RejectedException.class)
                .withMessageStartingWith("migrate-incoming was rejected");
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> Migration.of(destination).follow().await(SOON))
                .withMessageContaining("knows of no migration");
    }

    @Test
    @DisplayName("a migration that pauses before its switchover waits until it is continued")
    void continuesTheSwitchover() {
        try (Qemu other = restarted(); // QEMU keeps the capability
                QmpClient client = connect(other, "other")) {
            MigrationTask task = Migration.of(client)
                    .withProgressInterval(Duration.ofMillis(50))
                    .withParameters(FAST)
                    .withCapability(MigrationCapability.PAUSE_BEFORE_SWITCHOVER, true)
                    .to(destination, socket());
            await().until(() ->
                    task.progress() != null && task.progress().phase().equals("pre-switchover"));
            assertThat(statusOf(client)).isEqualTo(RunState.FINISH_MIGRATE);
            assertThat(statusOf(destination)).isEqualTo(RunState.INMIGRATE);
            task.continueSwitchover().join();
            assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
            await().until(() -> statusOf(destination).equals(RunState.RUNNING));
        }
    }

    @Test
    @DisplayName("post-copy: the guest continues on the destination at once")
    void continuesByPostcopy() {
        MigrationTask task = slowMigration().withPostcopy().to(destination, socket());
        awaitActive(task);
        task.startPostcopy().join();
        assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
        await().until(() -> statusOf(destination).equals(RunState.RUNNING));
    }

    @Test
    @RequiresQemu(before = "10.0", reason = "post-copy of so little memory is too quick later")
    @DisplayName("post-copy that has lost its link is not cancelled, and goes on after a recovery")
    void recoversPostcopy() {
        Path listening = destinationQemu.folder().resolve("migration");
        try (CuttingProxy proxy = CuttingProxy.to(listening);
                Qemu other = restarted();
                QmpClient client = connect(other, "other")) {
            MigrationTask task = Migration.of(client)
                    .withProgressInterval(Duration.ofMillis(50))
                    .withParameters(SLOW.withMaxPostcopyBandwidth(4096))
                    .withPostcopy()
                    .to(destination, "unix:" + listening, proxy.endpoint().toString());
            awaitActive(task);
            CompletableFuture<QmpEvent> runs = destination.events().next(EventFilter.named("RESUME"));
            task.startPostcopy().join();
            await().until(() -> "postcopy-active".equals(task.progress().phase()));
            assertThat(runs).succeedsWithin(SOON); // before, a destination without a link ends
            assertThat(task.cancel()).failsWithin(SOON).withThrowableThat().withMessageContaining("post-copy");
            proxy.cut();
            await().until(() -> "postcopy-paused".equals(task.progress().phase()));
            await().ignoreExceptions()
                    .until(
                            () -> { // the destination may notice the cut later
                                task.recover("unix:" + listening + "2").get(10, TimeUnit.SECONDS);
                                return true;
                            });
            client.blocking().execute(MigrateSetParameters.command().withMaxPostcopyBandwidth(0));
            assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
            await().until(() -> statusOf(destination).equals(RunState.RUNNING));
        }
    }

    @Test
    @DisplayName("a killed destination fails the migration, and the guest runs on at the source")
    void losesTheDestination() {
        MigrationTask task = slowMigration().to(destination, socket());
        awaitActive(task);
        destinationQemu.kill();
        assertThatExceptionOfType(TaskFailedException.class).isThrownBy(() -> task.await(SOON));
        assertThat(statusOf(source)).isEqualTo(RunState.RUNNING);
    }

    @Test
    @DisplayName("a killed source: unknown for the source, a failure or unknown for the destination")
    void losesTheSource() {
        try (Qemu other = restarted()) {
            // the first attempt, which proves a crash, is long after the limit of the task
            Duration later = Duration.ofSeconds(2);
            try (QmpClient client = connect(other, "other", ReconnectPolicy.exponential(later, 1, 0, later))) {
                MigrationTask task = Migration.of(client)
                        .withParameters(SLOW)
                        .withProgressInterval(Duration.ofMillis(50))
                        .withReconnectLimit(Duration.ofMillis(100))
                        .to(destination, socket());
                awaitActive(task);
                other.kill();
                assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                        .isThrownBy(() -> task.await(SOON))
                        .withMessageContaining("the session ended");
            }
        }
    }

    @Test
    @DisplayName("a migration is followed over a lost connection")
    void followsAMigrationOverALostConnection() {
        source.blocking().disconnect();
        try (CuttingProxy proxy = CuttingProxy.to(sourceQemu.socket());
                QmpClient other = QmpClient.builder(proxy.endpoint())
                        .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1, 0, Duration.ofMillis(20)))
                        .build()) {
            proxy.cutNextAfter(false, 4000);
            other.start();
            await().until(() -> other.blocking().awaitRunning(SOON));
            proxy.cutNextAfter(false, Integer.MAX_VALUE); // the next session stays
            MigrationTask task = Migration.of(other)
                    .withParameters(SLOW)
                    .withProgressInterval(Duration.ofMillis(20))
                    .to(destination, socket());
            await().until(() -> other.status().reconnects() == 1);
            assertThat(task.isDone()).isFalse();
            other.blocking().execute(FAST);
            assertThat(task.await(SOON).status()).isEqualTo(MigrationStatus.COMPLETED);
        } finally {
            source.blocking().connect();
        }
    }

    // ------------------------------------------------------------------ file

    @Test
    @DisplayName("to a file and back; a full disk is a failure")
    void migratesToAFile() {
        Path file = destinationQemu.folder().resolve("state");
        assertThatExceptionOfType(QmpException.class)
                .isThrownBy(() -> migration().toFile(Path.of("/dev/full")).await(SOON))
                .satisfies(full -> assertThat(full)
                        .as("since 8.2 QEMU opens the file, and refuses a device at once")
                        .isInstanceOfAny(TaskFailedException.class, RejectedException.class));
        migration().toFile(file).await(SOON);
        await().until(() -> statusOf(source).equals(RunState.POSTMIGRATE)); // QEMU 5.2 reports the completion before
        assertThat(file).isNotEmptyFile();

        Migration.of(destination)
                .withProgressInterval(Duration.ofMillis(50))
                .fromFile(file)
                .await(SOON);
        await().until(() -> statusOf(destination).equals(RunState.RUNNING));
    }
}
