package dev.qmp.job;

import dev.qmp.QmpClient;
import dev.qmp.error.Checks;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.command.DumpGuestMemory;
import dev.qmp.qapi.command.JobDismiss;
import dev.qmp.qapi.command.QueryJobs;
import dev.qmp.qapi.type.DumpQueryResult;
import dev.qmp.qapi.type.JobInfo;
import dev.qmp.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The jobs of one machine. Immutable; it holds no state of the machine.
 *
 * <p>It works with QEMU 5.2 and later. By default, the interval of the progress is one second, and the client may take
 * one minute to reconnect.
 */
public final class Jobs {

    /** QEMU removes these jobs from its list when they end, unless {@code auto-dismiss} is false. */
    private static final Set<String> DISMISSED_BY_QEMU = Set.of(
            "block-commit", "block-stream", "blockdev-backup", "blockdev-mirror", "drive-backup", "drive-mirror");

    private static final Set<String> KEPT_BY_QEMU =
            Set.of("blockdev-create", "snapshot-delete", "snapshot-load", "snapshot-save", "x-blockdev-amend");

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final QmpClient client;
    private final Duration interval;
    private final Duration patience;

    private Jobs(QmpClient client, Duration interval, Duration patience) {
        this.client = client;
        this.interval = interval;
        this.patience = patience;
    }

    /** {@return the jobs of a machine} */
    public static Jobs of(QmpClient client) {
        return new Jobs(Objects.requireNonNull(client, "client"), INTERVAL, PATIENCE);
    }

    /**
     * {@return a copy with another interval between two queries of the progress} QEMU has no event for progress.
     *
     * @throws IllegalArgumentException if the interval is not positive
     */
    public Jobs withProgressInterval(Duration interval) {
        return new Jobs(client, Checks.positive("interval", interval), patience);
    }

    /**
     * {@return a copy with another time limit for a reconnect of the client} A job is followed over a reconnect within
     * this time. After it, the outcome is {@link dev.qmp.task.TaskOutcomeUnknownException}.
     *
     * @throws IllegalArgumentException if the limit is not positive
     */
    public Jobs withReconnectLimit(Duration limit) {
        return new Jobs(client, interval, Checks.positive("limit", limit));
    }

    /**
     * Starts a job. If the command has no {@code job-id}, it gets a random one. QEMU keeps the job in its list until
     * its outcome was read ({@code auto-dismiss} is false). Then the job is dismissed.
     *
     * <p>If QEMU rejects the command, the job fails with {@link dev.qmp.error.RejectedException}. If the command was
     * not sent, it fails with {@link dev.qmp.error.NotSentException}. If the reply to the command is lost, the job is
     * looked up by its id.
     *
     * @param command {@code blockdev-mirror}, {@code drive-mirror}, {@code blockdev-backup}, {@code drive-backup},
     *     {@code block-commit}, {@code block-stream}, {@code blockdev-create}, {@code x-blockdev-amend}, {@code
     *     snapshot-save}, {@code snapshot-load} or {@code snapshot-delete}
     * @return the job; this method does not wait
     * @throws IllegalArgumentException if the command starts no job, its {@code job-id} is not a string or is blank, or
     *     {@code auto-dismiss} is set to true
     */
    public Job start(QmpCommand command) {
        Objects.requireNonNull(command, "command");
        boolean isDismissed = DISMISSED_BY_QEMU.contains(command.name());
        if (!isDismissed && !KEPT_BY_QEMU.contains(command.name())) {
            throw new IllegalArgumentException("command must start a job, which " + command.name() + " does not");
        }
        JsonNode given = argument(command, "job-id");
        if (given != null && (!given.isString() || given.stringValue().isBlank())) {
            throw new IllegalArgumentException(
                    "job-id of command " + command.name() + " must be a string, and not blank");
        }
        String id = given == null ? "qmp-" + UUID.randomUUID() : given.stringValue();
        QmpCommand complete = command.withArgument("job-id", id);
        if (isDismissed) {
            JsonNode dismiss = argument(command, "auto-dismiss");
            if (dismiss != null && dismiss.asBoolean(false)) {
                throw new IllegalArgumentException("auto-dismiss of command " + command.name()
                        + " must not be true, because the job's outcome would be lost");
            }
            complete = complete.withArgument("auto-dismiss", false);
        }
        Job job = new Job(client, command.name(), id, command.name() + " " + id, interval, patience);
        job.start(complete);
        return job;
    }

    /** Starts a job by a typed command; see {@link #start(QmpCommand)}. */
    public Job start(TypedCommand<?> command) {
        Objects.requireNonNull(command, "command");
        return start(Objects.requireNonNull(command.toCommand(), "command"));
    }

    private static @Nullable JsonNode argument(QmpCommand command, String name) {
        JsonNode arguments = command.arguments();
        JsonNode value = arguments == null ? null : arguments.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /**
     * Follows an existing job: one of an earlier session, of an earlier run of the application, or of another client.
     * When its outcome has been read, it is dismissed. So use {@link #list()} for jobs that belong to others.
     *
     * <p>A job that QEMU dismisses by itself counts as successful only if QEMU reports the success while the job is
     * followed. If there is no job with this id, the outcome is {@link dev.qmp.task.TaskOutcomeUnknownException}.
     *
     * @param id the job's id; for a block job without one the name of its device
     * @return the job; this method does not wait
     * @throws IllegalArgumentException if the id is blank
     */
    public Job attach(String id) {
        Objects.requireNonNull(id, "id");
        if (id.isBlank()) {
            throw new IllegalArgumentException("id must not be blank");
        }
        Job job = new Job(client, "job", id, "job " + id, interval, patience);
        job.attach();
        return job;
    }

    /** {@return all jobs of the machine, those that have ended and are not dismissed included} */
    public CompletableFuture<List<JobInfo>> list() {
        return client.execute(QueryJobs.command());
    }

    /**
     * Removes a job that has ended from QEMU's list. Jobs that this class follows are dismissed automatically.
     *
     * @return fails with {@link dev.qmp.error.RejectedException} if there is no such job, or it has not ended
     */
    public CompletableFuture<@Nullable Void> dismiss(String id) {
        Objects.requireNonNull(id, "id");
        return client.execute(JobDismiss.command(id));
    }

    /**
     * Dumps the guest's memory to a file of the host. The machine answers commands meanwhile ({@code detach}), but the
     * guest is paused. QEMU makes one dump at a time, and cannot cancel it: {@link Task#cancel()} fails with a {@link
     * dev.qmp.error.QmpException} whose cause is an {@link UnsupportedOperationException}.
     *
     * <p>The progress is in bytes. A dump that fails has {@link dev.qmp.task.TaskFailedException} with QEMU's text.
     * After a reconnect, the dump is followed on. If the command's reply is lost, and the dump was not seen while it
     * was made, the outcome is {@link dev.qmp.task.TaskOutcomeUnknownException}: QEMU reports the last dump, which may
     * be an earlier one.
     *
     * @param command with the protocol, such as {@code file:/dumps/vm1}, and the format
     * @return the dump; this method does not wait
     */
    public Task<DumpQueryResult> dump(DumpGuestMemory command) {
        Objects.requireNonNull(command, "command");
        return new Dump(client, interval, patience).start(command.withDetach(true));
    }

    /** {@return the state of a job whose end was not observed, from the events that prove its success} */
    static JobInfo proved(String id, JsonNode event) {
        ObjectNode info = QmpJson.object()
                .put("id", id)
                .put("type", event.path("type").asString("undefined"))
                .put("status", "null")
                .put("current-progress", event.path("offset").asLong(0))
                .put("total-progress", event.path("len").asLong(0));
        return JobInfo.decode(info);
    }
}
