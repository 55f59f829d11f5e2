package dev.qmp.power;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
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
    private EventSignal.@Nullable Disconnected sessionEnd;

    StatusWait(QmpClient vm, Set<RunState> wanted) {
        this.vm = vm;
        this.wanted = wanted;
        this.source = vm.newTask("wait for status", "wait for " + vm.name() + " to be " + wanted, this::cancel);
        this.inASecond = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, vm.callbackExecutor());
    }

    Task<RunState> begin(Duration limit) {
        Subscription events = vm.events()
                .subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, vm.callbackExecutor(), this::received);
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
            ended(end);
        } else {
            ask();
        }
    }

    /** The query in progress decides, because its answer may have arrived before the end. */
    private void ended(EventSignal.Disconnected end) {
        synchronized (this) {
            sessionEnd = end;
            if (asking) {
                return;
            }
        }
        source.fail(sessionEnded(end.cause()));
    }

    private TaskOutcomeUnknownException sessionEnded(@Nullable Throwable cause) {
        return new TaskOutcomeUnknownException(source.task().name(), "the session ended", cause);
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
            source.fail(translate(TaskSource.unwrap(failure)));
            return;
        }
        RunState status = info == null ? null : info.status();
        if (status != null && wanted.contains(status)) {
            source.complete(status);
            return;
        }
        boolean again;
        EventSignal.Disconnected end;
        synchronized (this) {
            last = status;
            asking = false;
            again = outdated;
            end = sessionEnd;
        }
        if (end != null) {
            source.fail(sessionEnded(end.cause()));
            return;
        }
        if (status != null) {
            source.progress(new Progress(0, null, Progress.Unit.STEPS, status.value()));
        }
        if (again) {
            ask();
        }
    }

    /** The end of the session may show in the failure of a query before the signal of the end is received. */
    private Throwable translate(Throwable failure) {
        boolean ended = failure instanceof OutcomeUnknownException unknown
                ? unknown.reason() == OutcomeUnknownException.Reason.DISCONNECTED
                : failure instanceof NotSentException notSent
                        && (notSent.reason() == NotSentException.Reason.DISCONNECTED
                                || (notSent.reason() == NotSentException.Reason.NOT_CONNECTED && hasAnswer()));
        return ended ? sessionEnded(failure.getCause()) : failure;
    }

    private synchronized boolean hasAnswer() {
        return last != null;
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
