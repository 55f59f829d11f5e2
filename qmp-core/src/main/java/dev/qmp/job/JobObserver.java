package dev.qmp.job;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.command.JobDismiss;
import dev.qmp.qapi.command.QueryJobs;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.JobInfo;
import dev.qmp.qapi.type.JobStatus;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.task.Progress;
import dev.qmp.task.ShutdownWatch;
import dev.qmp.task.StateWatch;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Follows one job from its start to its outcome. Events only cause a query; the list of {@code query-jobs} decides. If
 * the job is not listed any more, the last event about its end decides.
 */
final class JobObserver implements StateWatch.Subject {

    /** The text of {@code strerror(ECANCELED)} on Linux, which QEMU reports for a cancelled job. */
    private static final String CANCELLED = "Operation canceled";

    private final QmpClient client;
    private final String id;
    private final String name;
    private final TaskSource<JobInfo> source;
    private final CompletableFuture<@Nullable Void> ready;
    private final StateWatch watch;
    private final ShutdownWatch machine = new ShutdownWatch();

    /** Whether the machine has listed the job, or has replied that it started it and all events before are noted. */
    private boolean known;
    /** Whether another job has been created with the same id, so that the list and later events are about that one. */
    private boolean replaced;
    /** Why the outcome of the starting command is not known; null if it has succeeded. */
    private @Nullable Throwable doubt;
    /** The event that reported the job's end; null before. */
    private @Nullable QmpEvent end;

    JobObserver(
            QmpClient client,
            String id,
            TaskSource<JobInfo> source,
            CompletableFuture<@Nullable Void> ready,
            Duration interval,
            Duration patience) {
        this.client = client;
        this.id = id;
        this.name = source.task().name();
        this.source = source;
        this.ready = ready;
        EventFilter own = EventFilter.named(
                        "JOB_STATUS_CHANGE",
                        "BLOCK_JOB_COMPLETED",
                        "BLOCK_JOB_CANCELLED",
                        "BLOCK_JOB_READY",
                        "BLOCK_JOB_ERROR",
                        "BLOCK_JOB_PENDING",
                        "SHUTDOWN",
                        "RESUME",
                        "RESET")
                .where(this::isOwn);
        this.watch = new StateWatch(client.events(), own, client.callbackExecutor(), interval, patience, this);
    }

    /** Checks the member {@code id} or {@code device}; the name depends on the API. */
    private boolean isOwn(QmpEvent event) {
        JsonNode data = event.data();
        return !event.name().contains("JOB")
                || data.path("id").asString("").equals(id)
                || data.path("device").asString("").equals(id);
    }

    // ------------------------------------------------------------------ begin and end

    void start(QmpCommand command) {
        watch.listen();
        client.execute(command).whenComplete((reply, failure) -> {
            Throwable cause = failure == null ? null : TaskSource.unwrap(failure);
            if (cause != null && !(cause instanceof OutcomeUnknownException)) {
                fail(cause);
                return;
            }
            begin(cause);
        });
    }

    void attach() {
        watch.listen();
        begin(new TaskOutcomeUnknownException(name, "the machine has no job of this id", null));
    }

    private void begin(@Nullable Throwable doubt) {
        synchronized (this) {
            this.doubt = doubt;
        }
        watch.poll();
    }

    private void succeed(JobInfo info) {
        watch.close();
        if (source.complete(info)) {
            ready.complete(null);
        }
    }

    private void fail(Throwable failure) {
        watch.close();
        if (source.fail(failure)) {
            ready.completeExceptionally(failure);
        }
    }

    private void failUnknown(String detail, @Nullable Throwable cause) {
        fail(new TaskOutcomeUnknownException(name, detail, cause));
    }

    @Override
    public void onEvent(QmpEvent event) {
        machine.onEvent(event);
        note(event);
    }

    @Override
    public CompletableFuture<Runnable> inspect() {
        synchronized (this) {
            known |= doubt == null; // not at the reply, because the event of the creation may be noted after it
        }
        if (machine.mayBeNew()) {
            return client.execute(QueryStatus.command()).handle((status, failure) -> () -> recognised(status, failure));
        }
        return client.execute(QueryJobs.command()).handle((jobs, failure) -> () -> inspected(jobs, failure));
    }

    @Override
    public void onDisconnected(@Nullable Throwable cause) {
        machine.onDisconnected();
    }

    @Override
    public void onAbandoned(@Nullable Throwable cause) {
        failUnknown("the session ended", cause);
    }

    private synchronized void note(QmpEvent event) {
        if (replaced) {
            return;
        }
        switch (event.name()) {
            case "BLOCK_JOB_COMPLETED", "BLOCK_JOB_CANCELLED" -> end = event;
            case "JOB_STATUS_CHANGE" -> {
                if (event.data().path("status").asString("").equals("created")) {
                    replaced = known;
                    end = known ? end : null; // an earlier job had the same id
                }
            }
            default -> {
                // the query that follows reports the state
            }
        }
    }

    // ------------------------------------------------------------------ inspection

    private void recognised(@Nullable StatusInfo status, @Nullable Throwable failure) {
        if (status == null) {
            inspectionFailed(TaskSource.unwrap(Objects.requireNonNull(failure)));
            return;
        }
        machine.onStatus(status.status().value());
        if (machine.mayBeNew()) {
            fail(machine.notRecognised(name));
        } else {
            watch.check();
        }
    }

    private void inspected(@Nullable List<JobInfo> jobs, @Nullable Throwable failure) {
        if (jobs == null) {
            inspectionFailed(TaskSource.unwrap(Objects.requireNonNull(failure)));
            return;
        }
        JobInfo own = null;
        for (JobInfo job : jobs) {
            if (job.id().equals(id)) {
                own = job;
            }
        }
        if (own == null || isReplaced()) {
            vanished();
        } else {
            found(own);
        }
    }

    private synchronized boolean isReplaced() {
        return replaced;
    }

    /**
     * Waits for another session, unless nothing is known of the job. A failure that cannot be remedied fails the task.
     */
    private void inspectionFailed(Throwable failure) {
        if (!TaskSource.maySucceedLater(failure)) {
            failUnknown("its state cannot be read", failure);
        } else if (isAttachedWithoutSession(failure)) {
            fail(failure);
        }
    }

    private synchronized boolean isAttachedWithoutSession(Throwable failure) {
        return !known && doubt instanceof TaskOutcomeUnknownException && failure instanceof NotSentException;
    }

    private void found(JobInfo job) {
        synchronized (this) {
            known = true;
        }
        JobStatus status = job.status();
        Progress.Unit unit = isBlockJob(job) ? Progress.Unit.BYTES : Progress.Unit.UNITS;
        source.progress(new Progress(
                Math.max(0, job.currentProgress()), Math.max(0, job.totalProgress()), unit, status.value()));
        if (status.equals(JobStatus.READY)) {
            ready.complete(null);
        } else if (status.equals(JobStatus.CONCLUDED)) {
            watch.close();
            client.execute(JobDismiss.command(id)).whenComplete((ignored, failure) -> conclude(job));
        }
    }

    private static boolean isBlockJob(JobInfo job) {
        return switch (job.type().value()) {
            case "commit", "stream", "mirror", "backup" -> true;
            default -> false;
        };
    }

    /** Reports the outcome, whether the dismissal has succeeded or not. */
    private void conclude(JobInfo job) {
        String error = job.error();
        if (error == null) {
            succeed(job);
        } else if (isCancellation(error)) {
            fail(new TaskCancelledException(name));
        } else {
            fail(new TaskFailedException(name, error, null));
        }
    }

    /**
     * {@return whether a job was cancelled} Storage that fails with the error number {@code ECANCELED} has the same
     * text. So the text decides only without a block job's event.
     */
    private synchronized boolean isCancellation(String error) {
        return end == null ? error.equals(CANCELLED) : end.name().equals("BLOCK_JOB_CANCELLED");
    }

    /** Handles a job that QEMU, or another client, has dismissed. Only an event proves its outcome. */
    private void vanished() {
        QmpEvent proof;
        Throwable unproved;
        synchronized (this) {
            proof = end;
            unproved = known ? null : doubt;
        }
        if (proof == null) {
            fail(
                    unproved != null
                            ? unproved
                            : new TaskOutcomeUnknownException(
                                    name,
                                    "the machine has no such job any more: it was dismissed unseen, or the machine was"
                                            + " started anew",
                                    null));
        } else if (proof.name().equals("BLOCK_JOB_CANCELLED")) {
            fail(new TaskCancelledException(name));
        } else if (proof.data().hasNonNull("error")) {
            fail(new TaskFailedException(name, proof.data().path("error").asString("unknown error"), null));
        } else {
            succeed(Jobs.proved(id, proof.data()));
        }
    }
}
