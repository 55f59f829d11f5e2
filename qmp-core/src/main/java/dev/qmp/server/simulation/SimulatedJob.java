package dev.qmp.server.simulation;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandRejection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One job: QEMU's states, the verbs that each state accepts, and the events of each move. Not thread-safe; {@link
 * JobSimulation} calls it under its lock.
 */
final class SimulatedJob {

    /** The states of a job, by QEMU's names. */
    enum Status {
        CREATED,
        RUNNING,
        PAUSED,
        READY,
        STANDBY,
        WAITING,
        PENDING,
        ABORTING,
        CONCLUDED,
        NULL;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Set<Status> ACTIVE =
            EnumSet.of(Status.CREATED, Status.RUNNING, Status.PAUSED, Status.READY, Status.STANDBY);
    private static final Set<Status> UNFINISHED =
            EnumSet.complementOf(EnumSet.of(Status.ABORTING, Status.CONCLUDED, Status.NULL));
    private static final String CANCELED = "Operation canceled";
    private static final String NO_SPACE = "No space left on device";

    private final String id;
    private final JobKind kind;
    private final boolean becomesReady;
    private final boolean autoFinalize;
    private final boolean autoDismiss;
    /** QEMU's word for the reaction to an I/O error. */
    private final String onError;

    private final Consumer<QmpEvent> events;
    private final long length;
    private Status status = Status.CREATED;
    private long speed;
    private long offset;
    private String ioStatus = "ok";
    private @Nullable String error;

    /** Whether the job completes when it is resumed, because {@code job-complete} came while it was paused. */
    private boolean completesOnResume;

    /**
     * Creates a job that has not started.
     *
     * @param arguments those of the command that starts it
     */
    SimulatedJob(String id, JobKind kind, JsonNode arguments, Consumer<QmpEvent> events) throws CommandRejection {
        boolean activeCommit = kind == JobKind.COMMIT && !arguments.has("top") && !arguments.has("top-node");
        this.id = id;
        this.kind = kind;
        this.becomesReady = kind == JobKind.MIRROR || activeCommit;
        this.autoFinalize = arguments.path("auto-finalize").asBoolean(true);
        this.autoDismiss = kind.isBlockJob() && arguments.path("auto-dismiss").asBoolean(true);
        this.onError = arguments.path(kind.errorArgument()).asString("report");
        this.speed = requireSpeed(arguments.path("speed").asLong(0));
        this.length = kind.length();
        this.events = events;
    }

    private static long requireSpeed(long bytesPerSecond) throws CommandRejection {
        if (bytesPerSecond < 0) {
            throw new CommandRejection("Parameter 'speed' expects a non-negative value");
        }
        return bytesPerSecond;
    }

    String id() {
        return id;
    }

    Status status() {
        return status;
    }

    boolean isBlockJob() {
        return kind.isBlockJob();
    }

    void start() {
        enter(Status.CREATED);
        enter(Status.RUNNING);
    }

    // ------------------------------------------------------------------ commands of the client

    void pause() throws CommandRejection {
        requireVerb("pause", ACTIVE);
        if (isPaused()) {
            throw new CommandRejection("Job is already paused");
        }
        enterPause();
    }

    private void enterPause() {
        enter(status == Status.READY ? Status.STANDBY : Status.PAUSED);
    }

    void resume() throws CommandRejection {
        if (!isPaused()) {
            throw new CommandRejection("Can't resume a job that was not paused");
        }
        leavePause();
        if (completesOnResume) {
            end();
        }
    }

    private void leavePause() {
        ioStatus = "ok";
        enter(status == Status.STANDBY ? Status.READY : Status.RUNNING);
    }

    void setSpeed(long bytesPerSecond) throws CommandRejection {
        requireVerb("set-speed", ACTIVE);
        speed = requireSpeed(bytesPerSecond);
    }

    /** Completes a job that is ready. A paused job completes when it is resumed. */
    void complete() throws CommandRejection {
        requireVerb("complete", EnumSet.of(Status.READY, Status.STANDBY));
        if (status == Status.STANDBY) {
            completesOnResume = true;
        } else {
            end();
        }
    }

    /**
     * Cancels the job. Without {@code force}, a job that is ready completes without its last step, and a paused job is
     * not cancelled. With {@code force} it aborts.
     */
    void cancel(boolean force) throws CommandRejection {
        if (isPaused() && !force) {
            throw new CommandRejection("The block job for device '" + id + "' is currently paused");
        }
        requireVerb("cancel", UNFINISHED);
        if (isPaused()) {
            leavePause();
        }
        if (status == Status.READY && !force) {
            end();
            return;
        }
        error = CANCELED;
        enter(Status.ABORTING);
        if (isBlockJob()) {
            events.accept(QmpEvent.of("BLOCK_JOB_CANCELLED", outcome()));
        }
        conclude();
    }

    void finish() throws CommandRejection {
        requireVerb("finalize", EnumSet.of(Status.PENDING));
        succeed();
    }

    void dismiss() throws CommandRejection {
        requireVerb("dismiss", EnumSet.of(Status.CONCLUDED));
        enter(Status.NULL);
    }

    private void requireVerb(String verb, Set<Status> accepting) throws CommandRejection {
        if (!accepting.contains(status)) {
            throw new CommandRejection(
                    "Job '" + id + "' in state '" + status.word() + "' cannot accept command verb '" + verb + "'");
        }
    }

    private boolean isPaused() {
        return status == Status.PAUSED || status == Status.STANDBY;
    }

    // ------------------------------------------------------------------ decisions of the test

    void progress(double share) {
        requireRunning();
        offset = Math.round(length * share);
    }

    /** Marks all data as copied. The job becomes ready, or ends. */
    void completeData() {
        requireRunning();
        offset = length;
        if (becomesReady && status == Status.RUNNING) {
            enter(Status.READY);
            events.accept(QmpEvent.of("BLOCK_JOB_READY", outcome()));
        } else {
            end();
        }
    }

    /** Has an I/O error occur, to which the job reacts as its starting command demands. */
    void fail(String reason) {
        requireRunning();
        String action = isBlockJob() ? reactionTo(reason) : "report";
        if (isBlockJob()) {
            events.accept(QmpEvent.of("BLOCK_JOB_ERROR", Map.of("device", id, "operation", "write", "action", action)));
        }
        switch (action) {
            case "stop" -> {
                ioStatus = reason.equals(NO_SPACE) ? "nospace" : "failed";
                enterPause();
            }
            case "ignore" -> {}
            default -> abort(reason);
        }
    }

    private String reactionTo(String reason) {
        return switch (onError) {
            case "stop", "ignore" -> onError;
            case "enospc" -> reason.equals(NO_SPACE) ? "stop" : "report";
            default -> "report";
        };
    }

    private void abort(String reason) {
        error = reason;
        enter(Status.ABORTING);
        if (isBlockJob()) {
            events.accept(QmpEvent.of("BLOCK_JOB_COMPLETED", outcome().put("error", reason)));
        }
        conclude();
    }

    private void requireRunning() {
        if (status != Status.RUNNING && status != Status.READY) {
            throw new IllegalStateException("job '" + id + "' is " + status.word() + ", it does not run");
        }
    }

    // ------------------------------------------------------------------ the end

    private void end() {
        enter(Status.WAITING);
        enter(Status.PENDING);
        if (autoFinalize) {
            succeed();
        } else if (isBlockJob()) {
            events.accept(QmpEvent.of("BLOCK_JOB_PENDING", Map.of("type", kind.type(), "id", id)));
        }
    }

    private void succeed() {
        if (isBlockJob()) {
            events.accept(QmpEvent.of("BLOCK_JOB_COMPLETED", outcome()));
        }
        conclude();
    }

    private void conclude() {
        enter(Status.CONCLUDED);
        if (autoDismiss) {
            enter(Status.NULL);
        }
    }

    private void enter(Status next) {
        status = next;
        events.accept(QmpEvent.of("JOB_STATUS_CHANGE", Map.of("status", next.word(), "id", id)));
    }

    // ------------------------------------------------------------------ what queries return

    ObjectNode info() {
        ObjectNode info = QmpJson.object()
                .put("current-progress", offset)
                .put("status", status.word())
                .put("total-progress", length)
                .put("type", kind.type())
                .put("id", id);
        return withError(info);
    }

    ObjectNode blockInfo() {
        ObjectNode info = outcome()
                .put("auto-finalize", autoFinalize)
                .put("auto-dismiss", autoDismiss)
                .put("io-status", ioStatus)
                .put("busy", status == Status.RUNNING)
                .put("status", status.word())
                .put("paused", isPaused())
                .put("ready", status == Status.READY || status == Status.STANDBY);
        return withError(info);
    }

    private ObjectNode outcome() {
        return QmpJson.object()
                .put("device", id)
                .put("len", length)
                .put("offset", offset)
                .put("speed", speed)
                .put("type", kind.type());
    }

    private ObjectNode withError(ObjectNode info) {
        return error == null ? info : info.put("error", error);
    }
}
