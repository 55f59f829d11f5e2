package dev.qmp.job;

import dev.qmp.QmpClient;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.QmpException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.command.DumpGuestMemory;
import dev.qmp.qapi.command.QueryDump;
import dev.qmp.qapi.type.DumpQueryResult;
import dev.qmp.qapi.type.DumpStatus;
import dev.qmp.task.Progress;
import dev.qmp.task.StateWatch;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A dump of the guest's memory. Only the event has QEMU's text on a failure, so the task waits for the event. QEMU
 * reports the last dump until the next one, so its end counts only if this dump is known to have begun.
 */
final class Dump implements StateWatch.Subject {

    private static final String NAME = "dump of the guest's memory";

    private final QmpClient client;
    private final TaskSource<DumpQueryResult> source;
    private final StateWatch watch;
    private volatile @Nullable String error;
    /** Why the outcome of the command is not known; null if it is. */
    private volatile @Nullable Throwable doubt;
    /** Whether an event or a status has proved that the dump has begun. It can precede the failure of the command. */
    private volatile boolean begun;
    /** Whether an earlier query has reported the failure. */
    private volatile boolean seenFailed;

    Dump(QmpClient client, Duration interval, Duration patience) {
        this.client = client;
        this.source = client.newTask("dump", NAME, Dump::refuseCancellation);
        this.watch = new StateWatch(
                client.events(),
                EventFilter.named("DUMP_COMPLETED"),
                client.callbackExecutor(),
                interval,
                patience,
                this);
    }

    private static CompletableFuture<?> refuseCancellation() {
        return CompletableFuture.failedFuture(
                new QmpException("QEMU cannot cancel a dump", new UnsupportedOperationException()));
    }

    Task<DumpQueryResult> start(DumpGuestMemory command) {
        watch.listen();
        client.execute(command).whenComplete((ignored, failure) -> {
            Throwable cause = failure == null ? null : TaskSource.unwrap(failure);
            if (cause != null && !(cause instanceof OutcomeUnknownException)) {
                fail(cause);
                return;
            }
            doubt = cause;
            watch.poll();
        });
        return source.task();
    }

    private void fail(Throwable failure) {
        watch.close();
        source.fail(failure);
    }

    @Override
    public void onEvent(QmpEvent event) {
        begun = true;
        error = event.data().hasNonNull("error") ? event.data().path("error").asString("") : null;
    }

    @Override
    public CompletableFuture<Runnable> inspect() {
        return client.execute(QueryDump.command()).handle((dump, failure) -> () -> inspected(dump, failure));
    }

    private void inspected(@Nullable DumpQueryResult dump, @Nullable Throwable failure) {
        if (dump == null) {
            Throwable cause = TaskSource.unwrap(Objects.requireNonNull(failure));
            if (!TaskSource.maySucceedLater(cause)) {
                fail(new TaskOutcomeUnknownException(NAME, "its state cannot be read", cause));
            }
            return;
        }
        DumpStatus status = dump.status();
        if (status.equals(DumpStatus.NONE)) {
            fail(new TaskOutcomeUnknownException(NAME, "the machine knows of no dump: it was started anew", null));
            return;
        }
        source.progress(new Progress(
                Math.max(0, dump.completed()), Math.max(0, dump.total()), Progress.Unit.BYTES, status.value()));
        if (status.equals(DumpStatus.ACTIVE)) {
            begun = true;
            return;
        }
        Throwable unproved = begun ? null : doubt;
        if (unproved != null) {
            fail(new TaskOutcomeUnknownException(
                    NAME, "its command has no reply, and the machine's last dump may be an earlier one", unproved));
        } else if (status.equals(DumpStatus.COMPLETED)) {
            watch.close();
            source.complete(dump);
        } else if (status.equals(DumpStatus.FAILED)) {
            failed();
        }
    }

    private void failed() {
        String text = error;
        if (text != null || seenFailed) {
            fail(new TaskFailedException(NAME, text == null ? "QEMU reported no reason" : text, null));
        }
        seenFailed = true;
    }

    @Override
    public void onDisconnected(@Nullable Throwable cause) {
        // the next session shows the state
    }

    @Override
    public void onAbandoned(@Nullable Throwable cause) {
        fail(new TaskOutcomeUnknownException(NAME, "the session ended", cause));
    }
}
