package dev.qmp.power;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One wait for a status of the guest. At most one query is in progress; an event during a query causes another one. */
final class StatusWait {

    private final QmpClient vm;
    private final Set<RunState> wanted;
    private final TaskSource<RunState> source;
    private final Executor inASecond;

    private boolean asking;
    private boolean outdated;
    private @Nullable RunState last;

    StatusWait(QmpClient vm, Set<RunState> wanted) {
        this.vm = vm;
        this.wanted = wanted;
        this.source = vm.newTask("wait for status", "wait for " + vm.name() + " to be " + wanted, this::cancel);
        this.inASecond = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, vm.callbackExecutor());
    }

    Task<RunState> begin(Duration limit) {
        Subscription events = vm.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS.withCapacity(1),
                        vm.callbackExecutor(),
                        this::received);
        CompletableFuture<Boolean> timer = PowerDown.timer(limit);
        timer.thenAcceptAsync(passed -> tooLate(limit), vm.callbackExecutor());
        source.task().result().whenComplete((status, failure) -> {
            events.close();
            timer.cancel(false);
        });
        askEverySecond();
        return source.task();
    }

    private CompletableFuture<?> cancel() {
        source.fail(new TaskCancelledException(source.task().name()));
        return CompletableFuture.completedFuture(null);
    }

    private void received(EventSignal signal) {
        if (signal instanceof EventSignal.Disconnected end) {
            source.fail(new TaskOutcomeUnknownException(source.task().name(), "the session ended", end.cause()));
        } else {
            ask();
        }
    }

    private void askEverySecond() {
        if (!source.task().isDone()) {
            ask();
            inASecond.execute(this::askEverySecond);
        }
    }

    private void ask() {
        synchronized (this) {
            outdated = asking;
            if (asking || source.task().isDone()) {
                return;
            }
            asking = true;
        }
        vm.execute(QueryStatus.command()).whenComplete(this::answered);
    }

    private void answered(@Nullable StatusInfo info, @Nullable Throwable failure) {
        if (failure != null) {
            source.fail(failure);
            return;
        }
        RunState status = info == null ? null : info.status();
        if (status != null && wanted.contains(status)) {
            source.complete(status);
            return;
        }
        boolean again;
        synchronized (this) {
            last = status;
            asking = false;
            again = outdated;
        }
        if (status != null) {
            source.progress(new Progress(0, null, Progress.Unit.STEPS, status.value()));
        }
        if (again) {
            ask();
        }
    }

    private void tooLate(Duration limit) {
        RunState status;
        synchronized (this) {
            status = last;
        }
        source.fail(new TaskFailedException(
                source.task().name(),
                "after " + limit + " the status is " + (status == null ? "not known" : status.value()),
                null));
    }
}
