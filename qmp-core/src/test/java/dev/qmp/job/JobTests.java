package dev.qmp.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.qapi.type.JobStatus;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** What a job's outcome is where the machine leaves it in doubt. */
@Timeout(30)
class JobTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final QmpCommand BACKUP = QmpCommand.of("blockdev-backup", Map.of("job-id", "job0"));
    private static final List<String> DISMISSAL = List.of("job-dismiss");
    private static final String RUNNING = "[{\"id\": \"job0\", \"type\": \"backup\", \"status\": \"running\","
            + " \"current-progress\": 1, \"total-progress\": 4}]";

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(Duration.ofMillis(50))
            .build();
    private final Jobs jobs = Jobs.of(client).withProgressInterval(Duration.ofHours(1));
    private Job job;

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private static ObjectNode data(String... members) {
        ObjectNode data = QmpJson.object();
        for (int i = 0; i < members.length; i += 2) {
            data.put(members[i], members[i + 1]);
        }
        return data;
    }

    /** {@return a peer whose machine runs the job, as the job's first inspection has seen} */
    private Peer running() {
        Peer peer = server.connect(client);
        job = jobs.start(BACKUP);
        peer.answer(peer.hear("blockdev-backup"), "{}");
        peer.answer(peer.hear("query-jobs"), RUNNING);
        return peer;
    }

    @Test
    @DisplayName("a job is kept in QEMU's list until its outcome was read, and has an id in any case")
    void keepsTheJob() {
        Peer peer = server.connect(client);
        job = jobs.start(QmpCommand.of("block-stream", Map.of("device", "disk0")));
        ObjectNode arguments = (ObjectNode) peer.hear("block-stream").get("arguments");
        assertThat(arguments.path("auto-dismiss").asBoolean(true)).isFalse();
        assertThat(arguments.path("job-id").stringValue()).isEqualTo(job.id()).matches("[a-z][-a-z0-9]+");
    }

    @Test
    @DisplayName("a job that vanished is no success without a proof")
    void input10AJobThatVanishedIsNoSuccess() {
        Peer peer = running();
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "null"));
        peer.answer(peer.hear("query-jobs"), "[]");
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> job.await(SOON))
                .withMessageContaining("dismissed unseen");
    }

    @Test
    @DisplayName("a job that vanished has the outcome that its last event reported")
    void input10AnEventProvesTheOutcome() {
        Peer peer = running();
        peer.emit("BLOCK_JOB_COMPLETED", data("device", "job0", "type", "backup", "error", "No space left on device"));
        peer.answer(peer.hear("query-jobs"), "[]");
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> job.await(SOON))
                .withMessage("blockdev-backup job0 failed: No space left on device");
    }

    @ParameterizedTest
    @CsvSource({"BLOCK_JOB_COMPLETED, false", "BLOCK_JOB_CANCELLED, true", "STOP, true"})
    @DisplayName("a job whose storage failed with ECANCELED was not cancelled, which only its event shows")
    void anEventDistinguishesAFailureFromACancellation(String event, boolean cancelled) {
        Peer peer = running();
        peer.emit(event, data("device", "job0", "type", "backup", "error", "Operation canceled"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "concluded"));
        peer.answer(
                peer.hear("query-jobs"),
                RUNNING.replace("running", "concluded").replace("}", ", \"error\": \"Operation canceled\"}"));
        peer.answer(peer.hear("job-dismiss"), "{}");
        assertThatExceptionOfType(cancelled ? TaskCancelledException.class : TaskFailedException.class)
                .isThrownBy(() -> job.await(SOON));
    }

    @Test
    @DisplayName("a job that vanished after its cancellation was cancelled")
    void anEventProvesTheCancellation() {
        Peer peer = running();
        peer.emit("BLOCK_JOB_CANCELLED", data("device", "job0", "type", "backup"));
        peer.answer(peer.hear("query-jobs"), "[]");
        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> job.await(SOON));
    }

    @Test
    @DisplayName("a job that is no block job is cancelled by the command for all jobs")
    void cancelsAJobThatIsNoBlockJob() {
        Peer peer = running();
        CompletableFuture<?> cancellation = job.cancel();
        peer.reject(peer.hear("block-job-cancel"), "DeviceNotActive", "Block job 'job0' not found");
        ObjectNode cancel = peer.hear("job-cancel");
        assertThat(cancel.path("arguments").path("id").asString()).isEqualTo("job0");
        peer.answer(cancel, "{}");
        assertThat(cancellation).succeedsWithin(SOON);
    }

    @Test
    @DisplayName("a cancellation that QEMU rejects for another reason fails with that rejection")
    void passesOnARejectedCancellation() {
        Peer peer = running();
        CompletableFuture<?> cancellation = job.cancel();
        peer.reject(peer.hear("block-job-cancel"), "GenericError", "no");
        assertThat(cancellation)
                .failsWithin(SOON)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(RejectedException.class);
    }

    @Test
    @DisplayName("the end of an earlier job of the same id proves nothing")
    void input10AnEarlierJobProvesNothing() {
        Peer peer = server.connect(client);
        job = jobs.start(BACKUP);
        ObjectNode command = peer.hear("blockdev-backup");
        peer.emit("BLOCK_JOB_COMPLETED", data("device", "job0", "type", "backup"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "created"));
        peer.answer(command, "{}");
        peer.answer(peer.hear("query-jobs"), "[]");
        assertThatExceptionOfType(TaskOutcomeUnknownException.class).isThrownBy(() -> job.await(SOON));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("another job of the same id, which appears in the list before the end was seen, is not followed")
    void input10ALaterJobIsNotFollowed(boolean listed) {
        Peer peer = server.connect(client);
        job = jobs.start(BACKUP);
        ObjectNode command = peer.hear("blockdev-backup");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "created"));
        peer.answer(command, "{}");
        ObjectNode query = peer.hear("query-jobs");
        if (listed) {
            peer.answer(query, RUNNING);
            peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "concluded"));
            query = peer.hear("query-jobs");
        }
        peer.emit("BLOCK_JOB_COMPLETED", data("device", "job0", "type", "backup"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "created"));
        peer.emit("BLOCK_JOB_COMPLETED", data("device", "job0", "type", "backup", "error", "of the other job"));
        peer.answer(query, RUNNING);
        assertThat(job.await(SOON).id()).isEqualTo("job0");
    }

    @Test
    @DisplayName("a job that was replaced by another one of its id without a proof has an unknown outcome")
    void input10AReplacedJobIsNoSuccess() {
        Peer peer = running();
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "concluded"));
        ObjectNode query = peer.hear("query-jobs");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "created"));
        peer.answer(query, RUNNING);
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> job.await(SOON))
                .withMessageContaining("dismissed unseen");
    }

    @Test
    @DisplayName("a job that is created before an attached task has seen the list is the one that is followed")
    void attachesToTheJobThatIsListed() {
        Peer peer = server.connect(client);
        job = jobs.attach("job0");
        ObjectNode query = peer.hear("query-jobs");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "created"));
        peer.answer(query, RUNNING);
        peer.answer(peer.hear("query-jobs"), RUNNING);
        peer.emit("BLOCK_JOB_COMPLETED", data("device", "job0", "type", "backup"));
        peer.answer(peer.hear("query-jobs"), "[]");
        assertThat(job.await(SOON).id()).isEqualTo("job0");
    }

    @Test
    @DisplayName("a session that ends for good leaves the outcome unknown, and so does a query that is refused")
    void isUnknownWithoutASession() {
        Peer peer = running();
        peer.close();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> job.await(SOON))
                .withMessageContaining("the session ended");

        CompletableFuture<?> unconnected = jobs.attach("job0").result();
        assertThat(unconnected).failsWithin(SOON).withThrowableThat().withCauseInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName("a client whose policy refuses query-jobs cannot follow jobs, and the failure names the policy")
    void failsIfItMayNotAsk() {
        try (QmpClient restricted = QmpClient.builder(server.endpoint())
                .commandPolicy(CommandPolicy.of(List.of("blockdev-backup"), List.of()))
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofMillis(50))
                .build()) {
            Peer peer = server.connect(restricted);
            job = Jobs.of(restricted).start(BACKUP);
            peer.answer(peer.hear("blockdev-backup"), "{}");
            assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                    .isThrownBy(() -> job.await(SOON))
                    .withMessageContaining("its state cannot be read")
                    .havingCause()
                    .isInstanceOf(NotSentException.class);
        }
    }

    @Test
    @DisplayName("a lost reply to the command: the job is looked for by its id")
    void looksForAJobAfterALostReply() {
        Peer peer = server.connect(client);
        job = jobs.start(BACKUP.withTimeout(Duration.ofSeconds(1)));
        ObjectNode command = peer.hear("blockdev-backup");
        peer.answer(peer.hear("query-jobs"), RUNNING);
        peer.answer(command, "{}");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "concluded"));
        peer.answer(peer.hear("query-jobs"), RUNNING.replace("running", "concluded"));
        peer.answer(peer.hear("job-dismiss"), "{}");
        assertThat(job.await(SOON).id()).isEqualTo("job0");
    }

    @ParameterizedTest
    @CsvSource({
        "answered, false", "rejected, false", "lost, false", "refused, false",
        "answered, true", "rejected, true", "lost, true", "refused, true"
    })
    @DisplayName("a job that has concluded has its outcome, even if its dismissal is rejected, lost or refused")
    void concludesWithoutADismissal(String dismissal, boolean failed) {
        try (QmpClient restricted = QmpClient.builder(server.endpoint())
                .commandPolicy(CommandPolicy.of(List.of("*"), dismissal.equals("refused") ? DISMISSAL : List.of()))
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofMillis(50))
                .build()) {
            Peer peer = server.connect(restricted);
            job = Jobs.of(restricted).withProgressInterval(Duration.ofHours(1)).start(BACKUP);
            peer.answer(peer.hear("blockdev-backup"), "{}");
            String concluded = RUNNING.replace("running", "concluded");
            peer.answer(peer.hear("query-jobs"), failed ? concluded.replace("}", ", \"error\": \"full\"}") : concluded);
            switch (dismissal) {
                case "answered" -> peer.answer(peer.hear("job-dismiss"), "{}");
                case "rejected" -> peer.reject(peer.hear("job-dismiss"), "GenericError", "Job not found");
                case "lost" -> {
                    peer.hear("job-dismiss");
                    peer.close();
                }
                default -> {
                    // the policy refuses it
                }
            }

            if (failed) {
                assertThatExceptionOfType(TaskFailedException.class)
                        .isThrownBy(() -> job.await(SOON))
                        .withMessage("blockdev-backup job0 failed: full");
            } else {
                assertThat(job.await(SOON).status()).isEqualTo(JobStatus.CONCLUDED);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a job goes on after the guest's shutdown if QEMU stays, but no job of a new machine is taken for it")
    void staysWithTheMachine(boolean stays) {
        try (QmpClient reconnecting = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
                .build()) {
            Peer peer = server.connect(reconnecting);
            job = Jobs.of(reconnecting)
                    .withProgressInterval(Duration.ofHours(1))
                    .start(BACKUP);
            peer.answer(peer.hear("blockdev-backup"), "{}");
            peer.answer(peer.hear("query-jobs"), RUNNING);
            peer.emit("SHUTDOWN", QmpJson.object().put("guest", true).put("reason", "guest-shutdown"));
            peer.answer(peer.hear("query-jobs"), RUNNING);
            peer.close();
            peer = server.accept().negotiate();
            peer.answer(
                    peer.hear("query-status"),
                    stays
                            ? "{\"status\": \"shutdown\", \"running\": false}"
                            : "{\"status\": \"running\", \"running\": true}");
            if (stays) {
                peer.answer(peer.hear("query-jobs"), RUNNING.replace("running", "concluded"));
                peer.answer(peer.hear("job-dismiss"), "{}");
                assertThat(job.await(SOON).id()).isEqualTo("job0");
            } else {
                assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                        .isThrownBy(() -> job.await(SOON))
                        .withMessageContaining("started anew");
            }
        }
    }

    @Test
    @DisplayName("what cannot start a job, or would lose its outcome, is refused")
    void refusesWhatIsNoJob() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> jobs.start(QmpCommand.of("query-jobs")))
                .withMessageContaining("command must start a job");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> jobs.start(BACKUP.withArgument("auto-dismiss", true)))
                .withMessageContaining("auto-dismiss");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> jobs.start(BACKUP.withArgument("job-id", 7)))
                .withMessageContaining("job-id");
        assertThatIllegalArgumentException().isThrownBy(() -> jobs.attach(" ")).withMessageContaining("id");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> jobs.withProgressInterval(Duration.ZERO))
                .withMessageContaining("interval must be positive");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> jobs.withReconnectLimit(Duration.ofSeconds(-1)))
                .withMessageContaining("limit must be positive");
    }
}
