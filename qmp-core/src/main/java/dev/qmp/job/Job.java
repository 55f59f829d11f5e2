package dev.qmp.job;

import dev.qmp.QmpClient;
import dev.qmp.error.CommandException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.command.BlockJobCancel;
import dev.qmp.qapi.command.BlockJobSetSpeed;
import dev.qmp.qapi.command.JobCancel;
import dev.qmp.qapi.command.JobComplete;
import dev.qmp.qapi.command.JobFinalize;
import dev.qmp.qapi.command.JobPause;
import dev.qmp.qapi.command.JobResume;
import dev.qmp.qapi.command.QueryBlockJobs;
import dev.qmp.qapi.type.BlockJobInfo;
import dev.qmp.qapi.type.JobInfo;
import dev.qmp.task.ForwardingTask;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A job of a machine; {@link Jobs} starts and finds them.
 *
 * <p>The result is the last state of the job. Other outcomes:
 *
 * <ul>
 * <li>{@link TaskFailedException} with QEMU's text, such as {@code No space left on device};
 * <li>{@link TaskCancelledException};
 * <li>{@link TaskOutcomeUnknownException} if the job vanished without a proof of its success, the machine ended, or the
 *     client did not reconnect. {@link Jobs#attach} follows the job later, if it still exists;
 * <li>a {@link CommandException} if the command that starts the job failed.
 * </ul>
 *
 * <p>The progress is in bytes for block jobs, and its phase is the job's status: {@code running}, {@code paused},
 * {@code ready}, {@code pending}. After an I/O error, a job that was started with {@code on-target-error=stop} is
 * paused; {@link #resume()} tries again.
 *
 * <p>Its commands complete with the reply of QEMU, and fail as {@link QmpClient#execute(QmpCommand)}. QEMU rejects a
 * command that the job's status does not allow.
 */
public final class Job extends ForwardingTask<JobInfo, Job> {

    private final QmpClient client;
    private final String id;
    private final TaskSource<JobInfo> source;
    private final CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
    /** Completes when the starting command is issued. A cancellation, which an observer may request before, follows. */
    private final CompletableFuture<@Nullable Void> issued = new CompletableFuture<>();

    private final JobObserver observer;

    Job(QmpClient client, String kind, String id, String name, Duration interval, Duration patience) {
        this.client = client;
        this.id = id;
        this.source = client.newTask(kind, name, () -> issued.thenCompose(none -> requestCancellation()));
        this.observer = new JobObserver(client, id, source, ready, interval, patience);
    }

    void start(QmpCommand command) {
        try {
            observer.start(command);
        } finally {
            issued.complete(null);
        }
    }

    void attach() {
        issued.complete(null);
        observer.attach();
    }

    // ------------------------------------------------------------------ commands

    /** {@return the job's id} */
    public String id() {
        return id;
    }

    /** Pauses the job. Its status is {@code paused}, or {@code standby} if it was ready. */
    public CompletableFuture<@Nullable Void> pause() {
        return client.execute(JobPause.command(id));
    }

    /** Resumes the job, after {@link #pause()} or after an I/O error that stopped it. */
    public CompletableFuture<@Nullable Void> resume() {
        return client.execute(JobResume.command(id));
    }

    /**
     * Limits the speed of a block job.
     *
     * @param bytesPerSecond the limit; 0 for none
     * @throws IllegalArgumentException if it is negative
     */
    public CompletableFuture<@Nullable Void> setSpeed(long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("bytesPerSecond must not be negative, but is " + bytesPerSecond);
        }
        return client.execute(BlockJobSetSpeed.command(id, bytesPerSecond));
    }

    /**
     * {@return completes when the job is ready: a mirror or an active commit has copied everything and follows the
     * guest's writes} It also completes if the job succeeds without having been ready. It fails as the job.
     */
    public CompletableFuture<@Nullable Void> ready() {
        return TaskSource.unwrapped(ready, client.callbackExecutor());
    }

    /**
     * Completes a job that is ready: the machine uses the target from then on. The job's result follows. A job that is
     * paused completes when it is resumed; QEMU before 6.1 rejects the command then.
     */
    public CompletableFuture<@Nullable Void> complete() {
        return client.execute(JobComplete.command(id));
    }

    /**
     * Ends a mirror that is ready without a switch to the target. The target is a consistent copy of this moment, and
     * the job succeeds. A job that is not ready is cancelled. QEMU rejects the command while the job is paused, by
     * {@link #pause()} or after an I/O error.
     */
    public CompletableFuture<@Nullable Void> stopMirror() {
        return client.execute(BlockJobCancel.command(id).withForce(false));
    }

    /** Finalizes a job that was started with {@code auto-finalize=false} and is {@code pending}. */
    public CompletableFuture<@Nullable Void> finalizeJob() {
        return client.execute(JobFinalize.command(id));
    }

    /**
     * {@return the state of a block job with its speed and I/O status, queried from the machine; null if the machine
     * lists no such block job}
     */
    public CompletableFuture<@Nullable BlockJobInfo> blockInfo() {
        return TaskSource.unwrapped(client.execute(QueryBlockJobs.command()).thenApply(this::find), Runnable::run);
    }

    private @Nullable BlockJobInfo find(List<BlockJobInfo> jobs) {
        for (BlockJobInfo job : jobs) {
            if (job.device().equals(id)) {
                return job;
            }
        }
        return null;
    }

    /**
     * Cancels by force, because otherwise QEMU would complete a mirror that is ready. Other jobs than block jobs have
     * no force.
     */
    private CompletableFuture<?> requestCancellation() {
        return client.execute(BlockJobCancel.command(id).withForce(true))
                .exceptionallyCompose(failure -> TaskSource.unwrap(failure) instanceof RejectedException rejected
                                && rejected.errorClass().equals("DeviceNotActive")
                        ? client.execute(JobCancel.command(id))
                        : CompletableFuture.failedFuture(failure));
    }

    @Override
    protected Task<JobInfo> task() {
        return source.task();
    }

    @Override
    protected Job self() {
        return this;
    }
}
