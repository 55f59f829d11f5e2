package dev.qmp.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a job does, on a real QEMU and on the simulation alike. */
abstract class JobContract {

    private static final Duration SOON = Duration.ofSeconds(20);

    private QmpClient client;
    private EventMailbox events;

    abstract Endpoint endpoint();

    /**
     * Creates the nodes {@code a}, {@code b}, {@code c} and {@code full}, of the same size. The first write to {@code
     * full} fails with {@code No space left on device}.
     */
    abstract void prepare(QmpClient vm);

    /** Has the first write of a job fail whose target is {@code full}. */
    abstract void failWrite(QmpClient vm, String id);

    /** {@return whether {@code job-complete} is accepted while a job is paused} */
    boolean completesWhilePaused() {
        return true;
    }

    /** Has a job that crawls copy all its data. */
    abstract void copyAll(QmpClient vm, String id);

    @BeforeEach
    void connect() {
        client = QmpClient.builder(endpoint()).build();
        client.blocking().connect();
        prepare(client);
        events = client.events().openMailbox(EventFilter.all());
    }

    @AfterEach
    void close() {
        client.close();
    }

    private JsonNode run(String command, Object... arguments) {
        QmpCommand built = QmpCommand.of(command);
        for (int i = 0; i < arguments.length; i += 2) {
            built = built.withArgument((String) arguments[i], arguments[i + 1]);
        }
        return client.blocking().execute(built);
    }

    private void start(String command, Object... more) {
        List<Object> arguments = new ArrayList<>(List.of("device", "a", "target", "b", "sync", "full", "speed", 1));
        arguments.addAll(List.of(more));
        run(command, arguments.toArray());
    }

    /** {@return the events up to the one that the test waits for, without the pauses that QEMU makes by itself} */
    private List<String> until(Predicate<String> last) throws InterruptedException {
        List<String> seen = new ArrayList<>();
        while (true) {
            QmpEvent event = events.nextEvent(SOON);
            assertThat(event).as("after %s", seen).isNotNull();
            String text = event.name().equals("JOB_STATUS_CHANGE")
                    ? event.data().path("status").asString()
                    : event.name() + (event.data().has("error") ? " error" : "");
            seen.add(text);
            if (last.test(text)) {
                seen.removeIf("paused"::equals);
                for (int i = seen.size() - 1; i > 0; i--) {
                    if (seen.get(i).equals("running") && seen.get(i - 1).equals("running")) {
                        seen.remove(i);
                    }
                }
                return seen;
            }
        }
    }

    private void assertRejected(String text, String command, Object... arguments) {
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> run(command, arguments))
                .satisfies(rejected -> assertThat(rejected.description()).isEqualTo(text));
    }

    private JsonNode job(String query) {
        JsonNode jobs = run(query);
        assertThat(jobs).hasSize(1);
        return jobs.get(0);
    }

    @Test
    void aBackupConcludesAndIsDismissedByItself() throws InterruptedException {
        start("blockdev-backup", "job-id", "j");
        assertThat(job("query-jobs").path("type").asString()).isEqualTo("backup");
        assertRejected("Job 'j' in state 'running' cannot accept command verb 'dismiss'", "job-dismiss", "id", "j");
        assertRejected("Job 'j' in state 'running' cannot accept command verb 'complete'", "job-complete", "id", "j");
        copyAll(client, "j");
        assertThat(until("null"::equals))
                .containsExactly(
                        "created", "running", "waiting", "pending", "BLOCK_JOB_COMPLETED", "concluded", "null");
        assertThat(run("query-jobs")).isEmpty();
    }

    @Test
    void aJobCanWaitForItsFinalizationAndItsDismissal() throws InterruptedException {
        start("blockdev-backup", "job-id", "j", "auto-finalize", false, "auto-dismiss", false);
        copyAll(client, "j");
        assertThat(until("BLOCK_JOB_PENDING"::equals))
                .containsExactly("created", "running", "waiting", "pending", "BLOCK_JOB_PENDING");
        JsonNode pending = job("query-block-jobs");
        assertThat(pending.path("status").asString()).isEqualTo("pending");
        assertThat(pending.path("offset").asLong())
                .isEqualTo(pending.path("len").asLong());
        assertRejected("Can't resume a job that was not paused", "job-resume", "id", "j");
        run("job-finalize", "id", "j");
        assertThat(until("concluded"::equals)).containsExactly("BLOCK_JOB_COMPLETED", "concluded");
        assertRejected("Job 'j' in state 'concluded' cannot accept command verb 'cancel'", "job-cancel", "id", "j");
        assertRejected("Can't resume a job that was not paused", "job-resume", "id", "j");
        assertThat(job("query-jobs").has("error")).isFalse();
        run("job-dismiss", "id", "j");
        assertThat(until("null"::equals)).containsExactly("null");
        assertRejected("Job not found", "job-dismiss", "id", "j");
    }

    @Test
    void aMirrorBecomesReadyAndIsCompleted() throws InterruptedException {
        start("blockdev-mirror", "job-id", "m");
        copyAll(client, "m");
        assertThat(until("BLOCK_JOB_READY"::equals)).containsExactly("created", "running", "ready", "BLOCK_JOB_READY");
        assertThat(job("query-block-jobs").path("ready").asBoolean()).isTrue();
        run("job-complete", "id", "m");
        assertThat(until("null"::equals))
                .containsExactly("waiting", "pending", "BLOCK_JOB_COMPLETED", "concluded", "null");
    }

    @Test
    void aCancelledJobHasTheErrorThatItWasCancelled() throws InterruptedException {
        start("blockdev-backup", "job-id", "j", "auto-dismiss", false);
        run("job-cancel", "id", "j");
        assertThat(until("concluded"::equals))
                .containsExactly("created", "running", "aborting", "BLOCK_JOB_CANCELLED", "concluded");
        assertThat(job("query-jobs").path("error").asString()).isEqualTo("Operation canceled");
        run("job-dismiss", "id", "j");
    }

    @Test
    void whatDoesNotFitIsRefusedInQemusWords() {
        start("blockdev-backup", "job-id", "j");
        run("job-pause", "id", "j");
        assertRejected("Job is already paused", "job-pause", "id", "j");
        run("job-resume", "id", "j");
        assertRejected("Can't resume a job that was not paused", "job-resume", "id", "j");
        assertRejected("Job not found", "job-pause", "id", "nope");
        assertRejected("Block job 'nope' not found", "block-job-pause", "device", "nope");
        run("job-cancel", "id", "j");
    }

    @Test
    void aPausedJobIsCancelledByForceOnly() throws InterruptedException {
        start("blockdev-backup", "job-id", "j");
        run("job-pause", "id", "j");
        assertRejected("The block job for device 'j' is currently paused", "block-job-cancel", "device", "j");
        run("block-job-cancel", "device", "j", "force", true);
        assertThat(until("null"::equals))
                .containsExactly("created", "running", "aborting", "BLOCK_JOB_CANCELLED", "concluded", "null");
    }

    private void startPausedMirror() throws InterruptedException {
        start("blockdev-mirror", "job-id", "m");
        copyAll(client, "m");
        assertThat(until("BLOCK_JOB_READY"::equals)).containsExactly("created", "running", "ready", "BLOCK_JOB_READY");
        run("job-pause", "id", "m");
        assertThat(until("standby"::equals)).containsExactly("standby");
        assertRejected("The block job for device 'm' is currently paused", "block-job-cancel", "device", "m");
    }

    @Test
    void aPausedMirrorCompletesWhenItIsResumed() throws InterruptedException {
        startPausedMirror();
        if (!completesWhilePaused()) {
            assertRejected(
                    "Job 'm' in state 'standby' cannot accept command verb 'complete'", "job-complete", "id", "m");
            return;
        }
        run("job-complete", "id", "m");
        run("job-complete", "id", "m");
        assertThat(job("query-jobs").path("status").asString()).isEqualTo("standby");
        run("job-resume", "id", "m");
        assertThat(until("null"::equals))
                .containsExactly("ready", "waiting", "pending", "BLOCK_JOB_COMPLETED", "concluded", "null");
    }

    @Test
    void aPausedMirrorIsReadyAgainBeforeItIsCancelled() throws InterruptedException {
        startPausedMirror();
        run("job-cancel", "id", "m");
        assertThat(until("null"::equals))
                .containsExactly("ready", "aborting", "BLOCK_JOB_CANCELLED", "concluded", "null");
    }

    @Test
    void aMirrorThatIsReadyIsStoppedWithoutForce() throws InterruptedException {
        start("blockdev-mirror", "job-id", "m");
        copyAll(client, "m");
        until("BLOCK_JOB_READY"::equals);
        run("block-job-cancel", "device", "m");
        assertThat(until("null"::equals))
                .containsExactly("waiting", "pending", "BLOCK_JOB_COMPLETED", "concluded", "null");
    }

    @Test
    void anErrorEndsAJobUnlessItIsToStop() throws InterruptedException {
        start("blockdev-backup", "job-id", "j", "target", "full", "auto-dismiss", false);
        failWrite(client, "j");
        assertThat(until("concluded"::equals))
                .containsExactly(
                        "created", "running", "BLOCK_JOB_ERROR", "aborting", "BLOCK_JOB_COMPLETED error", "concluded");
        assertThat(job("query-jobs").path("error").asString()).isEqualTo("No space left on device");
    }

    @Test
    void aJobThatStopsAtAnErrorIsPausedUntilItIsResumed() throws InterruptedException {
        start("blockdev-backup", "job-id", "j", "target", "full", "on-target-error", "stop");
        failWrite(client, "j");
        assertThat(until("BLOCK_JOB_ERROR"::equals)).containsExactly("created", "running", "BLOCK_JOB_ERROR");
        until("paused"::equals);
        assertThat(job("query-block-jobs").path("status").asString()).isEqualTo("paused");
        assertThat(job("query-block-jobs").path("io-status").asString()).isEqualTo("nospace");
        assertRejected("Job is already paused", "job-pause", "id", "j");
        run("block-job-set-speed", "device", "j", "speed", 1);
        run("job-resume", "id", "j");
        assertThat(job("query-block-jobs").path("io-status").asString()).isEqualTo("ok");
        copyAll(client, "j");
        assertThat(until("null"::equals))
                .containsExactly("running", "waiting", "pending", "BLOCK_JOB_COMPLETED", "concluded", "null");
    }

    @Test
    void argumentsAreChecked() {
        assertRejected("Parameter 'device' is missing", "block-job-cancel", "id", "j");
        assertRejected("Parameter 'id' is missing", "block-job-dismiss", "device", "j");
        assertRejected("Parameter 'id' is missing", "job-cancel");
        assertRejected("Invalid parameter type for 'id', expected: string", "job-cancel", "id", 7);
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> start("blockdev-backup", "job-id", "1x"))
                .satisfies(rejected -> assertThat(rejected.description()).isEqualTo("Invalid job ID '1x'"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> start("blockdev-backup", "job-id", "j", "speed", -1))
                .satisfies(rejected ->
                        assertThat(rejected.description()).isEqualTo("Parameter 'speed' expects a non-negative value"));
        assertThat(run("query-jobs")).isEmpty();
    }

    @Test
    void theNewestJobIsListedFirst() {
        start("blockdev-backup", "job-id", "first");
        start("blockdev-backup", "job-id", "second", "target", "c");
        assertThat(run("query-jobs").findValuesAsString("id")).containsExactly("second", "first");
        assertThat(run("query-block-jobs").findValuesAsString("device")).containsExactly("second", "first");
    }
}
