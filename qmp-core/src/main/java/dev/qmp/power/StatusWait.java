package dev.qmp.power;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.task.Progress;
import dev.qmp.task.StateWatch;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One wait for a status of the guest, which is queried after each event and every second. It ends with the session. */
final class StatusWait implements StateWatch.Subject {

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final QmpClient vm;
    private final Set<RunState> wanted;
    private final TaskSource<RunState> source;
    private final StateWatch watch;
    private volatile @Nullable RunState last;

    StatusWait(QmpClient vm, Set<RunState> wanted) {
        this.vm = vm;
        this.wanted = wanted;
        this.watch =
                new StateWatch(vm.events(), EventFilter.all(), vm.callbackExecutor(), INTERVAL, Duration.ZERO, this);
        CompletableFuture<StatusWait> created = new CompletableFuture<>();
        this.source = vm.newTask(
                "wait for status",
                "wait for " + vm.name() + " to be " + wanted,
                () -> created.thenCompose(StatusWait::cancel));
        created.complete(this); // another thread may cancel the task before the field is assigned
    }

    Task<RunState> begin(Duration limit) {
        CompletableFuture<Boolean> timer = PowerDown.timer(limit);
        timer.thenAcceptAsync(passed -> tooLate(limit), vm.callbackExecutor());
        source.task().result().whenComplete((status, failure) -> {
            watch.close();
            timer.cancel(false);
        });
        watch.listen();
        watch.poll();
        return source.task();
    }

    private CompletableFuture<?> cancel() {
        source.fail(new TaskCancelledException(source.task().name()));
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void onEvent(QmpEvent event) {
        // the query that follows reports the status
    }

    @Override
    public CompletableFuture<Runnable> inspect() {
        return vm.execute(QueryStatus.command()).handle((info, failure) -> () -> answered(info, failure));
    }

    @Override
    public void onDisconnected(@Nullable Throwable cause) {
        source.fail(sessionEnded(cause));
    }

    @Override
    public void onAbandoned(@Nullable Throwable cause) {
        source.fail(sessionEnded(cause));
    }

    private TaskOutcomeUnknownException sessionEnded(@Nullable Throwable cause) {
        return new TaskOutcomeUnknownException(source.task().name(), "the session ended", cause);
    }

    private void answered(@Nullable StatusInfo info, @Nullable Throwable failure) {
        if (failure != null) {
            source.fail(translate(TaskSource.unwrap(failure)));
            return;
        }
        RunState status = info == null ? null : info.status();
        if (status == null) {
            return;
        }
        last = status;
        if (wanted.contains(status)) {
            source.complete(status);
        } else {
            source.progress(new Progress(0, null, Progress.Unit.STEPS, status.value()));
        }
    }

    /** The end of the session may show in the failure of a query before the signal of the end is received. */
    private Throwable translate(Throwable failure) {
        boolean ended = failure instanceof OutcomeUnknownException unknown
                ? unknown.reason() == OutcomeUnknownException.Reason.DISCONNECTED
                : failure instanceof NotSentException notSent
                        && (notSent.reason() == NotSentException.Reason.DISCONNECTED
                                || (notSent.reason() == NotSentException.Reason.NOT_CONNECTED && last != null));
        return ended ? sessionEnded(failure.getCause()) : failure;
    }

    private void tooLate(Duration limit) {
        RunState status = last;
        source.fail(new TaskFailedException(
                source.task().name(),
                "after " + limit + " the status is " + (status == null ? "not known" : status.value()),
                null));
    }
}
