package dev.qmp.migration;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.QmpException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.command.MigrateContinue;
import dev.qmp.qapi.command.QueryMigrate;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.MigrationInfo;
import dev.qmp.qapi.type.MigrationRAMStats;
import dev.qmp.qapi.type.MigrationStatus;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.task.ForwardingTask;
import dev.qmp.task.Progress;
import dev.qmp.task.ShutdownWatch;
import dev.qmp.task.StateWatch;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One side of a running migration; {@link Migration} starts it.
 *
 * <p>The result is the last state, with the total time and the downtime. Other outcomes:
 *
 * <ul>
 * <li>{@link TaskFailedException} with QEMU's text. The guest runs on at the source, unless post-copy had begun;
 * <li>{@link TaskCancelledException}: the guest runs on at the source;
 * <li>{@link TaskOutcomeUnknownException} if the machine ended, the client did not reconnect, the migration was
 *     cancelled after post-copy had begun, or the migration that QEMU reports may be another one. Make sure that
 *     exactly one machine runs the guest;
 * <li>a {@link dev.qmp.error.CommandException} if a command that starts the migration failed.
 * </ul>
 *
 * <p>The progress is the guest's memory in bytes that need no further transfer, and the status as phase. It can
 * decrease, because the guest goes on writing. {@link #info()} has rate and expected downtime. The incoming side has no
 * numbers.
 *
 * <p>If post-copy loses its link, the phase is {@code postcopy-paused}, and the task waits for {@link
 * #recover(String)}.
 */
public final class MigrationTask extends ForwardingTask<MigrationInfo, MigrationTask> {

    private final QmpClient client;
    private final boolean outgoing;
    private final TaskSource<MigrationInfo> source;
    private final StateWatch watch;
    private final Postcopy postcopy;
    private final OwnMigration own;
    private final CompletableFuture<@Nullable Void> listening = new CompletableFuture<>();
    /** Set once: by the start of the migration, or by a cancellation before it. */
    private final AtomicBoolean settled = new AtomicBoolean();
    /** Completes when the command that starts the migration is on its way, so that a cancellation follows it. */
    private final CompletableFuture<@Nullable Void> issued = new CompletableFuture<>();
    /** Whether this side is known to have a migration, so that the task waits for another session. */
    private volatile boolean known;

    private volatile boolean interrupted;
    private volatile @Nullable MigrationInfo info;
    private volatile @Nullable MigrationTask destination;

    MigrationTask(QmpClient client, String name, boolean outgoing, Duration interval, Duration patience) {
        this.client = client;
        this.outgoing = outgoing;
        this.postcopy = new Postcopy(client);
        this.own = new OwnMigration(client);
        this.watch = new StateWatch(
                client.events(),
                EventFilter.named("MIGRATION", "MIGRATION_PASS", "SHUTDOWN", "RESUME", "RESET"),
                client.callbackExecutor(),
                interval,
                patience,
                new Observation());
        CompletableFuture<MigrationTask> created = new CompletableFuture<>();
        this.source = client.newTask("migration", name, () -> created.thenCompose(MigrationTask::requestCancellation));
        created.complete(this); // another thread may cancel the task before the field is assigned
    }

    // ------------------------------------------------------------------ begin and end

    void listen() {
        watch.listen();
    }

    /** Executes the command that starts the migration. Fails if the task was cancelled, or has ended, before. */
    CompletableFuture<?> execute(QmpCommand command) {
        if (!settled.compareAndSet(false, true)) {
            return CompletableFuture.failedFuture(new TaskCancelledException(name()));
        }
        own.starting();
        try {
            return isDone()
                    ? CompletableFuture.failedFuture(new TaskCancelledException(name()))
                    : client.execute(command);
        } finally {
            issued.complete(null);
        }
    }

    /** The machine has accepted the command: the outgoing side migrates, the incoming one listens. */
    void begin() {
        known = true;
        own.started();
        follow();
        listening.complete(null);
    }

    /** Queries the machine for a migration that it may have. */
    void follow() {
        settled.set(true);
        issued.complete(null);
        watch.listen();
        watch.poll();
    }

    /** {@return completes when this side has accepted its command, and fails as the task} */
    CompletableFuture<@Nullable Void> listening() {
        return listening;
    }

    /**
     * Couples this side with the incoming one. It succeeds only after the incoming side, and its failure ends that
     * task, too.
     */
    void completeWith(MigrationTask incoming) {
        destination = incoming;
    }

    void fail(Throwable failure) {
        watch.close();
        source.fail(failure);
        listening.completeExceptionally(failure);
        issued.completeExceptionally(failure);
        MigrationTask other = destination;
        if (other != null) {
            other.fail(failure);
        }
    }

    private void completed(MigrationInfo last) {
        watch.close();
        MigrationTask other = destination;
        if (other == null) {
            source.complete(last);
            return;
        }
        other.result().whenComplete((ignored, failure) -> {
            if (failure == null) {
                source.complete(last);
            } else {
                source.fail(new TaskOutcomeUnknownException(
                        name(), "the source has completed, but the destination has not", TaskSource.unwrap(failure)));
            }
        });
    }

    private final class Observation implements StateWatch.Subject {

        private final ShutdownWatch machine = new ShutdownWatch();

        @Override
        public void onEvent(QmpEvent event) {
            machine.onEvent(event);
            if (event.name().equals("MIGRATION")) {
                postcopy.note(event.data().path("status").asString(""));
            }
        }

        @Override
        public CompletableFuture<Runnable> inspect() {
            if (machine.mayBeNew()) {
                return client.execute(QueryStatus.command())
                        .handle((status, failure) -> () -> recognised(status, failure));
            }
            Instant session = own.session();
            return client.execute(QueryMigrate.command())
                    .handle((state, failure) -> state != null && outgoing && own.needsProof(state, session)
                            ? proof(state)
                            : CompletableFuture.<Runnable>completedFuture(() -> inspected(state, failure)))
                    .thenCompose(processing -> processing);
        }

        private CompletableFuture<Runnable> proof(MigrationInfo state) {
            return client.execute(QueryStatus.command())
                    .handle((guest, failure) -> () -> compared(state, guest, failure));
        }

        /** Compares the end of a migration with the guest's status. */
        private void compared(MigrationInfo state, @Nullable StatusInfo guest, @Nullable Throwable failure) {
            if (guest == null) {
                inspectionFailed(TaskSource.unwrap(Objects.requireNonNull(failure)));
                return;
            }
            RunState status = guest.status();
            if (OwnMigration.isProvedBy(status, MigrationStatus.COMPLETED.equals(state.status()))) {
                inspected(state, null);
            } else if (!status.equals(RunState.FINISH_MIGRATE)) { // the status of a moment before the proof
                fail(OwnMigration.notProved(name(), status));
            }
        }

        private void recognised(@Nullable StatusInfo status, @Nullable Throwable failure) {
            if (status == null) {
                inspectionFailed(TaskSource.unwrap(Objects.requireNonNull(failure)));
                return;
            }
            machine.onStatus(status.status().value());
            if (machine.mayBeNew()) {
                fail(machine.notRecognised(name()));
            } else {
                watch.check();
            }
        }

        @Override
        public void onDisconnected(@Nullable Throwable cause) {
            interrupted = true;
            machine.onDisconnected();
        }

        @Override
        public void onAbandoned(@Nullable Throwable cause) {
            fail(new TaskOutcomeUnknownException(name(), "the session ended", cause));
        }
    }

    // ------------------------------------------------------------------ inspection

    private void inspected(@Nullable MigrationInfo state, @Nullable Throwable failure) {
        if (state == null) {
            inspectionFailed(TaskSource.unwrap(Objects.requireNonNull(failure)));
            return;
        }
        MigrationStatus status = state.status();
        if (status == null || status.equals(MigrationStatus.NONE)) {
            if (isWaitingForGuest()) {
                return;
            }
            fail(new TaskOutcomeUnknownException(
                    name(), "the machine knows of no migration: it was started anew, or none was started", null));
            return;
        }
        info = state;
        known = true;
        postcopy.note(status.value());
        source.progress(progressOf(state, status));
        if (status.equals(MigrationStatus.COMPLETED)) {
            completed(state);
        } else if (status.equals(MigrationStatus.CANCELLED)) {
            fail(postcopy.cancelled(name()));
        } else if (status.equals(MigrationStatus.FAILED)) {
            String text = state.errorDesc();
            fail(new TaskFailedException(name(), text == null ? "QEMU reported no reason" : text, null));
        } else if (status.equals(MigrationStatus.POSTCOPY_PAUSED)) {
            paused();
        }
    }

    /** Handles post-copy without a link. If the destination's task has ended, its side cannot be followed. */
    private void paused() {
        MigrationTask other = destination;
        if (other != null && other.isDone()) {
            other.result()
                    .whenComplete((ignored, failure) -> fail(new TaskOutcomeUnknownException(
                            name(), "post-copy has lost its link, and the destination's task has ended", failure)));
        }
    }

    /**
     * {@return whether an incoming side may still have no status, because no guest has arrived} After a lost session,
     * the machine may be another one.
     */
    private boolean isWaitingForGuest() {
        return !outgoing && info == null && !interrupted;
    }

    private static Progress progressOf(MigrationInfo state, MigrationStatus status) {
        MigrationRAMStats ram = state.ram();
        if (ram == null) {
            return new Progress(0, null, Progress.Unit.BYTES, status.value());
        }
        long total = Math.max(0, ram.total());
        long remaining = Math.min(total, Math.max(0, ram.remaining()));
        return new Progress(total - remaining, total, Progress.Unit.BYTES, status.value());
    }

    /** Waits for another session. A failure that cannot be remedied fails the task. */
    private void inspectionFailed(Throwable failure) {
        boolean sessionEnded = failure instanceof NotSentException unsent
                && (unsent.reason() == NotSentException.Reason.NOT_CONNECTED
                        || unsent.reason() == NotSentException.Reason.DISCONNECTED);
        if (!TaskSource.maySucceedLater(failure) || (sessionEnded && !known)) {
            fail(new TaskOutcomeUnknownException(name(), "its state cannot be read", failure));
        }
    }

    // ------------------------------------------------------------------ commands

    /**
     * {@return the last state that was received, with all numbers of QEMU; null before the first}
     *
     * <p>{@code ram().mbps()} is the rate in megabits a second, {@code expectedDowntime()} is in milliseconds, {@code
     * ram().dirtySyncCount()} counts the passes over the memory. The method sends no command.
     */
    public @Nullable MigrationInfo info() {
        return info;
    }

    /**
     * Begins post-copy: the guest continues on the destination, which fetches missing memory from the source. From then
     * on a failure of either side loses the guest, and {@link #cancel()} is refused. Requires {@link
     * Migration#withPostcopy()}.
     *
     * @return completes with QEMU's reply; fails as {@link QmpClient#execute(dev.qmp.message.QmpCommand)}
     */
    public CompletableFuture<@Nullable Void> startPostcopy() {
        return postcopy.start();
    }

    /**
     * Recovers post-copy that has lost its link, when the phase is {@code postcopy-paused} on both sides. In a
     * migration by {@link Migration#to(QmpClient, String)}, the destination listens again, and the source connects to
     * it. The task of one side sends only the command of that side; begin with the destination.
     *
     * @param uri the address on which the destination listens and to which the source connects
     * @return completes with QEMU's last reply; fails as {@link QmpClient#execute(dev.qmp.message.QmpCommand)}. The
     *     destination's command is sent out of band, because a missing page can hold up all others
     * @throws IllegalArgumentException if the uri is blank
     */
    public CompletableFuture<@Nullable Void> recover(String uri) {
        return recover(uri, uri);
    }

    /**
     * Recovers post-copy as {@link #recover(String)} does, if the destination listens under another name.
     *
     * @param listenUri the address on which the destination listens
     * @param uri the address to which the source connects
     * @return as {@link #recover(String)}
     * @throws IllegalArgumentException if one of the uris is blank
     */
    public CompletableFuture<@Nullable Void> recover(String listenUri, String uri) {
        Migration.requireText(listenUri, "listenUri");
        Migration.requireText(uri, "uri");
        if (!outgoing) {
            return postcopy.listenAgain(listenUri);
        }
        MigrationTask other = destination;
        return other == null
                ? postcopy.resume(uri)
                : TaskSource.unwrapped(
                        other.recover(listenUri).thenCompose(listens -> postcopy.resume(uri)), Runnable::run);
    }

    /**
     * Continues a migration whose status is {@code pre-switchover}, because the capability {@code
     * pause-before-switchover} is switched on.
     *
     * @return completes with QEMU's reply; fails as {@link QmpClient#execute(dev.qmp.message.QmpCommand)}
     */
    public CompletableFuture<@Nullable Void> continueSwitchover() {
        return client.execute(MigrateContinue.command(MigrationStatus.PRE_SWITCHOVER));
    }

    private CompletableFuture<?> requestCancellation() {
        if (!outgoing) {
            return CompletableFuture.failedFuture(new QmpException(
                    "the incoming side of a migration cannot be cancelled", new UnsupportedOperationException()));
        }
        if (settled.compareAndSet(false, true)) {
            fail(new TaskCancelledException(name())); // QEMU would ignore a cancellation before the start
            return CompletableFuture.completedFuture(null);
        }
        return issued.thenCompose(none -> client.execute(QueryMigrate.command()))
                .thenCompose(postcopy::cancel);
    }

    @Override
    protected Task<MigrationInfo> task() {
        return source.task();
    }

    @Override
    protected MigrationTask self() {
        return this;
    }
}
