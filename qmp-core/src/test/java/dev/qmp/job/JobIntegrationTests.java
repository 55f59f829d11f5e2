package dev.qmp.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.command.BlockCommit;
import dev.qmp.qapi.command.BlockStream;
import dev.qmp.qapi.command.BlockdevBackup;
import dev.qmp.qapi.command.BlockdevMirror;
import dev.qmp.qapi.command.DumpGuestMemory;
import dev.qmp.qapi.type.BlockdevOnError;
import dev.qmp.qapi.type.DumpQueryResult;
import dev.qmp.qapi.type.DumpStatus;
import dev.qmp.qapi.type.JobInfo;
import dev.qmp.qapi.type.JobStatus;
import dev.qmp.qapi.type.MirrorSyncMode;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs on a real QEMU: each kind, each outcome, and across a lost connection. */
@RequiresQemu
@Timeout(60)
class JobIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int SIZE = 4 << 20;
    private static final int SLOW = 64 << 10;
    private static final int NO_SPACE = 28;

    private static Qemu qemu;
    private static QmpClient client;

    @BeforeAll
    static void start() throws IOException {
        qemu = Qemu.start();
        for (String file : List.of("source", "target")) {
            byte[] content = new byte[SIZE];
            Arrays.fill(content, (byte) file.charAt(0));
            Files.write(qemu.folder().resolve(file), content);
        }
        client = connect(qemu);
    }

    @AfterAll
    static void stop() {
        client.close();
        qemu.close();
    }

    private static QmpClient connect(Qemu machine) {
        return connect(machine, ReconnectPolicy.exponential());
    }

    private static QmpClient connect(Qemu machine, ReconnectPolicy reconnect) {
        QmpClient connected = QmpClient.builder(machine.endpoint())
                .name("vm1")
                .reconnect(reconnect)
                .build();
        connected.blocking().connect();
        return connected;
    }

    private final Jobs jobs = jobs(client);

    private static Jobs jobs(QmpClient client) {
        return Jobs.of(client).withProgressInterval(Duration.ofMillis(50));
    }

    private static void add(QmpClient machine, Path folder, String node, String file) {
        machine.blocking()
                .execute(
                        "blockdev-add",
                        Map.of(
                                "driver",
                                "file",
                                "node-name",
                                node,
                                "filename",
                                folder.resolve(file).toString()));
    }

    private void addDisks() {
        add(client, qemu.folder(), "source", "source");
        add(client, qemu.folder(), "target", "target");
    }

    /** A target in which the first write fails as on a full disk. */
    private void addFullTarget() {
        add(client, qemu.folder(), "source", "source");
        Map<String, Object> file = Map.of(
                "driver", "file", "filename", qemu.folder().resolve("target").toString());
        Map<String, Object> debug = new HashMap<>(Map.of("driver", "blkdebug", "node-name", "target", "image", file));
        debug.put("inject-error", List.of(Map.of("event", "pwritev", "errno", NO_SPACE, "once", true)));
        client.blocking().execute("blockdev-add", debug);
    }

    @AfterEach
    void removeDisks() {
        assertThat(jobs.list().join()).as("every job is dismissed").isEmpty();
        for (String node : List.of("top", "source", "target", "image")) {
            try {
                client.blocking().execute("blockdev-del", Map.of("node-name", node));
            } catch (RejectedException e) {
                assertThat(e).hasMessageMatching(".*(find|Failed).*");
            }
        }
    }

    private static BlockdevBackup backup() {
        return BlockdevBackup.command("source", MirrorSyncMode.FULL, "target");
    }

    private static BlockdevMirror mirror() {
        return BlockdevMirror.command("source", "target", MirrorSyncMode.FULL);
    }

    // ------------------------------------------------------------------ outcomes

    @Test
    @DisplayName("a backup: progress in bytes, its result, and the target has the data")
    void backsUp() throws IOException {
        addDisks();
        Job job = jobs.start(backup());
        JobInfo info = job.await(SOON);

        assertThat(job.id()).startsWith("qmp-");
        assertThat(info.status()).isEqualTo(JobStatus.CONCLUDED);
        assertThat(info.currentProgress()).isEqualTo(SIZE);
        assertThat(job.progress()).isEqualTo(new Progress(SIZE, (long) SIZE, Progress.Unit.BYTES, "concluded"));
        assertThat(Files.mismatch(qemu.folder().resolve("source"), qemu.folder().resolve("target")))
                .isEqualTo(-1);
    }

    @Test
    @DisplayName("a full target (blkdebug, errno 28) fails the job with QEMU's text; no job is left")
    void input10FailsWithQemusText() {
        addFullTarget();
        Job job = jobs.start(backup());
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> job.await(SOON))
                .withMessage("blockdev-backup " + job.id() + " failed: No space left on device")
                .satisfies(failed -> assertThat(failed.reason()).isEqualTo("No space left on device"));
    }

    @Test
    @DisplayName("a full target that stops the job: it is paused, and goes on when there is space again")
    void goesOnAfterAnError() {
        addFullTarget();
        Job job = jobs.start(backup().withOnTargetError(BlockdevOnError.STOP));
        await().until(() -> {
            Progress progress = job.progress();
            return progress != null && "paused".equals(progress.phase());
        });
        assertThat(job.isDone()).isFalse();
        assertThat(job.blockInfo().join().ioStatus().value()).isEqualTo("nospace");
        job.resume().join();
        assertThat(job.await(SOON).error()).isNull();
    }

    @Test
    @DisplayName("a command that QEMU refuses fails the job as any command")
    void isRefused() {
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> jobs.start(backup()).await(SOON))
                .withMessageContaining("source");
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> jobs.attach("nothing").await(SOON))
                .withMessageContaining("no job of this id");
    }

    @Test
    @DisplayName("a cancelled job has an outcome of its own, a ready mirror too")
    void cancels() {
        addDisks();
        Job slow = jobs.start(backup().withSpeed(SLOW));
        slow.cancel().join();
        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> slow.await(SOON));

        Job ready = jobs.start(mirror());
        ready.ready().join();
        ready.cancel().join();
        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> ready.await(SOON));
    }

    @Test
    @DisplayName("pause, speed and resume")
    void pausesAndSpeedsUp() {
        addDisks();
        Set<String> phases = ConcurrentHashMap.newKeySet();
        Job job = jobs.start(backup().withSpeed(SLOW))
                .onProgress(progress -> phases.add(String.valueOf(progress.phase())));
        await().until(() -> phases.contains("running"));
        job.pause().join();
        await().until(() -> phases.contains("paused"));
        job.setSpeed(0).join();
        assertThat(job.blockInfo().join().speed()).isZero();
        job.resume().join();
        assertThat(job.await(SOON).currentProgress()).isEqualTo(SIZE);
    }

    @Test
    @DisplayName("a mirror: ready, then completed, or stopped without a switch")
    void mirrors() {
        addDisks();
        Job stopped = jobs.start(mirror());
        stopped.ready().join();
        assertThat(stopped.isDone()).isFalse();
        stopped.stopMirror().join();
        assertThat(stopped.await(SOON).type().value()).isEqualTo("mirror");

        Job completed = jobs.start(mirror());
        completed.ready().join();
        completed.complete().join();
        assertThat(completed.await(SOON).error()).isNull();
    }

    @Test
    @DisplayName("a job that waits for its finalization is pending until then")
    void finalizes() {
        addDisks();
        Job job = jobs.start(backup().withAutoFinalize(false));
        await().until(() -> {
            Progress progress = job.progress();
            return progress != null && "pending".equals(progress.phase());
        });
        job.finalizeJob().join();
        assertThat(job.await(SOON).error()).isNull();
    }

    @Test
    @DisplayName("create, stream and commit of images; create that fails")
    void createsStreamsAndCommits() throws IOException {
        Files.write(qemu.folder().resolve("overlay"), new byte[0]);
        add(client, qemu.folder(), "image", "overlay");
        add(client, qemu.folder(), "source", "source");
        Map<String, Object> qcow2 = Map.of(
                "driver", "qcow2", "file", "image", "size", SIZE, "backing-file", "source", "backing-fmt", "raw");
        jobs.start(QmpCommand.of("blockdev-create", Map.of("options", qcow2))).await(SOON);
        Map<String, Object> overlay =
                Map.of("driver", "qcow2", "node-name", "top", "file", "image", "backing", "source");
        client.blocking().execute("blockdev-add", overlay);
        Job stream = jobs.start(BlockStream.command("top"));
        assertThat(stream.await(SOON).type().value()).isEqualTo("stream");
        client.blocking().execute("blockdev-del", Map.of("node-name", "top"));
        client.blocking().execute("blockdev-add", overlay);
        Job commit = jobs.start(BlockCommit.command("top").withTopNode("top"));
        commit.ready().join();
        commit.complete().join();
        assertThat(commit.await(SOON).type().value()).isEqualTo("commit");

        Map<String, Object> wrong = Map.of("driver", "qcow2", "file", "source", "size", SIZE, "cluster-size", 3);
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> jobs.start(QmpCommand.of("blockdev-create", Map.of("options", wrong)))
                        .await(SOON))
                .withMessageContaining("luster size");
    }

    // ------------------------------------------------------------------ another session, no machine

    @Test
    @DisplayName("a job is followed over a lost connection, and is found again by its id")
    void followsAJobOverALostConnection() {
        addDisks();
        client.blocking().disconnect();
        try (CuttingProxy proxy = CuttingProxy.to(qemu.socket());
                QmpClient other = QmpClient.builder(proxy.endpoint())
                        .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1, 0, Duration.ofMillis(20)))
                        .build()) {
            proxy.cutNextAfter(false, 4000);
            other.start();
            await().until(() -> other.blocking().awaitRunning(SOON));
            proxy.cutNextAfter(false, Integer.MAX_VALUE); // the next session stays
            Job job = jobs(other).start(backup().withJobId("job0").withSpeed(SLOW));
            await().until(() -> other.status().reconnects() == 1);
            assertThat(job.isDone()).isFalse();
            Job same = jobs(other).attach("job0");
            job.setSpeed(0).join();
            assertThat(job.await(SOON).error()).isNull();
            assertThat(same.result().handle((info, failure) -> failure == null ? info.error() : failure.getClass()))
                    .as("the job that is dismissed first may be unseen by the other, or proved by its event")
                    .succeedsWithin(SOON)
                    .isIn(null, TaskOutcomeUnknownException.class);
        } finally {
            client.blocking().connect();
        }
    }

    @Test
    @DisplayName("a job that ended while there was no session is found with its outcome")
    void findsAnEndedJob() {
        addFullTarget();
        client.blocking()
                .execute(backup().withJobId("job1").withAutoDismiss(false).withTimeout(SOON));
        await().until(() -> jobs.list().join().get(0).status().equals(JobStatus.CONCLUDED));
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> jobs.attach("job1").await(SOON))
                .withMessage("job job1 failed: No space left on device");
    }

    @Test
    @DisplayName("a job that QEMU dismisses by itself succeeds by the proof of its event")
    void provesAJobThatQemuDismisses() {
        addDisks();
        client.blocking().execute(backup().withJobId("job2").withSpeed(SLOW));
        Job job = jobs.attach("job2");
        await().until(() -> job.progress() != null);
        job.setSpeed(0).join();
        assertThat(job.await(SOON).currentProgress()).isEqualTo(SIZE);
    }

    @Test
    @DisplayName("a killed machine: the outcome is unknown, within the limit, or once the machine is back")
    void losesItsMachine() {
        // the first attempt, which proves a crash, is long after the limit of the impatient task
        Duration later = Duration.ofSeconds(2);
        try (Qemu killed = Qemu.start();
                QmpClient other = connect(killed, ReconnectPolicy.exponential(later, 1, 0, later))) {
            add(other, qemu.folder(), "source", "source");
            add(other, qemu.folder(), "target", "target");
            Job impatient =
                    jobs(other).withReconnectLimit(Duration.ofMillis(100)).start(backup().withSpeed(SLOW));
            await().until(() -> impatient.progress() != null);
            Job patient = jobs(other).attach(impatient.id());
            await().until(() -> patient.progress() != null);
            killed.kill();
            assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                    .isThrownBy(() -> impatient.await(SOON))
                    .withMessageContaining("the session ended");
            killed.restart();
            assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                    .isThrownBy(() -> patient.await(SOON))
                    .withMessageContaining("no such job any more");
        }
    }

    // ------------------------------------------------------------------ snapshots and dumps

    @Test
    @RequiresQemu(from = "6.0", reason = "snapshot jobs came with 6.0")
    @DisplayName("snapshots are saved, loaded and deleted; one that does not exist is a failure")
    void savesSnapshots() throws IOException {
        Files.write(qemu.folder().resolve("snapshots"), new byte[0]);
        add(client, qemu.folder(), "image", "snapshots");
        Map<String, Object> qcow2 = Map.of("driver", "qcow2", "file", "image", "size", SIZE);
        jobs.start(QmpCommand.of("blockdev-create", Map.of("options", qcow2))).await(SOON);
        client.blocking().execute("blockdev-add", Map.of("driver", "qcow2", "node-name", "top", "file", "image"));
        Map<String, Object> arguments = Map.of("tag", "one", "devices", List.of("top"));
        Map<String, Object> withState = new HashMap<>(arguments);
        withState.put("vmstate", "top");
        jobs.start(QmpCommand.of("snapshot-save", withState)).await(SOON);
        jobs.start(QmpCommand.of("snapshot-load", withState)).await(SOON);
        jobs.start(QmpCommand.of("snapshot-delete", arguments)).await(SOON);
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() ->
                        jobs.start(QmpCommand.of("snapshot-load", withState)).await(SOON))
                .withMessageContaining("'one'");
    }

    @Test
    @DisplayName("a dump of the guest's memory, and one to a full disk")
    void dumps() {
        Qemu guest = Qemu.withMachine("pc,accel=tcg", "-S", "-m", "16");
        guest.restart();
        try (guest;
                QmpClient other = connect(guest)) {
            Path file = guest.folder().resolve("dump");
            Task<DumpQueryResult> dump =
                    jobs(other).dump(DumpGuestMemory.command(false).withProtocol("file:" + file));
            DumpQueryResult result = dump.await(SOON);
            assertThat(result.status()).isEqualTo(DumpStatus.COMPLETED);
            assertThat(result.completed()).isEqualTo(result.total()).isPositive();
            assertThat(file).isNotEmptyFile();

            assertThatExceptionOfType(TaskFailedException.class)
                    .isThrownBy(() -> jobs(other)
                            .dump(DumpGuestMemory.command(false).withProtocol("file:/dev/full"))
                            .await(SOON))
                    .withMessageContaining("No space left on device");
        }
    }
}
