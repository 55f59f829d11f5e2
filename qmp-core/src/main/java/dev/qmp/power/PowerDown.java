package dev.qmp.power;

import dev.qmp.QmpClient;
import dev.qmp.SessionEnd;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Subscription;
import dev.qmp.power.PowerLadder.Action;
import dev.qmp.process.QemuExit;
import dev.qmp.process.QemuProcess;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.command.Quit;
import dev.qmp.qapi.command.SystemPowerdown;
import dev.qmp.qapi.event.QapiShutdown;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One power down: takes the steps of the ladder until the machine is off. */
final class PowerDown {

    /** How long after a shutdown QEMU must still answer, so that it is certain to run on. */
    private static final Duration CONFIRMATION = Duration.ofMillis(500);
    /** The time limit of each query before a step. */
    private static final Duration LOOK = Duration.ofSeconds(2);
    /** The time limit of each query after the last step. */
    private static final Duration LAST_LOOK = Duration.ofSeconds(5);

    private final QmpClient vm;
    private final @Nullable QemuProcess process;
    private final List<PowerLadder.Step> steps;
    private final Duration confirmationTime;
    private final TaskSource<PowerOff> source;
    private final long began = System.nanoTime();
    /** When the last session before the power-down ended; null if there was none. */
    private final @Nullable Instant endBefore;

    /** The number of steps that have begun. */
    private int taken;

    /**
     * The check whether the guest was shut down before the first step; null without such a check. It completes after
     * its result was processed. While it is pending, no step begins.
     */
    private @Nullable CompletableFuture<Boolean> confirmation;
    /** Whether the machine was off before the first step, as far as it is known. */
    private boolean wasShutDown;

    private @Nullable String reason;
    private @Nullable Throwable refusal;

    PowerDown(QmpClient vm, @Nullable QemuProcess process, PowerLadder ladder) {
        this(vm, process, ladder, CONFIRMATION);
    }

    PowerDown(QmpClient vm, @Nullable QemuProcess process, PowerLadder ladder, Duration confirmationTime) {
        this.vm = vm;
        this.process = process;
        this.steps = ladder.steps();
        this.confirmationTime = confirmationTime;
        this.endBefore = endedAt(vm.status().lastEnd());
        CompletableFuture<PowerDown> created = new CompletableFuture<>();
        this.source =
                vm.newTask("power down", "power down of " + vm.name(), () -> created.thenCompose(PowerDown::cancel));
        created.complete(this); // another thread may cancel the task before the field is assigned
    }

    Task<PowerOff> begin() {
        Subscription shutdowns =
                vm.events().subscribe(EventFilter.of(QapiShutdown.class), QapiShutdown.class, this::shutDown);
        Registration runstates = vm.addRunstateListener(change -> {
            SessionEnd end = SessionEnd.of(change);
            if (end != null) {
                sessionEnded(end);
            } else {
                sessionMayHaveEnded(); // an attempt may have proved a crash
            }
            if (change.current() == Runstate.RUNNING) {
                completeIfShutDown(); // its event may have been lost
            }
        });
        source.task().result().whenComplete((off, failure) -> {
            shutdowns.close();
            runstates.close();
        });
        if (process != null) {
            process.onExit().thenAccept(exit -> ended(exit.session(), exit));
        }
        boolean reachable = process != null || !isHopeless();
        CompletableFuture<StatusInfo> status = vm.execute(QueryStatus.command());
        if (reachable) {
            next(0);
        }
        status.whenComplete((info, failure) -> statusReceived(info, failure, reachable));
        return source.task();
    }

    private boolean isHopeless() {
        return vm.runstate() == Runstate.IDLE && !vm.status().reconnecting();
    }

    /** {@return a future that completes after the time, unless it is cancelled before} */
    static CompletableFuture<Boolean> timer(Duration limit) {
        return new CompletableFuture<Boolean>()
                .completeOnTimeout(true, TimeUnit.NANOSECONDS.convert(limit), TimeUnit.NANOSECONDS);
    }

    private CompletableFuture<?> cancel() {
        source.fail(new TaskCancelledException(source.task().name()));
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Receives the status at the start. The query is written before the first step, so its answer is older than any
     * effect of the step.
     */
    private void statusReceived(@Nullable StatusInfo info, @Nullable Throwable failure, boolean reachable) {
        if (info != null && info.status().equals(RunState.SHUTDOWN)) {
            confirm(reachable);
        } else if (!reachable && failure != null) {
            source.fail(failure);
        } else if (!reachable) {
            next(0);
        }
    }

    /** Confirms that the machine was off before the first step. If it was, no further step must end QEMU. */
    private void confirm(boolean stepsBegun) {
        synchronized (this) {
            wasShutDown = true;
        }
        CompletableFuture<Boolean> confirmed = isStillShutDown(
                        QueryStatus.command().withTimeout(LAST_LOOK))
                .whenComplete((off, failure) -> {
                    if (failure == null && off) {
                        offWithoutQemu();
                        return;
                    }
                    if (failure == null) {
                        synchronized (this) {
                            wasShutDown = false;
                        }
                    }
                    if (!stepsBegun) {
                        next(0);
                    }
                });
        synchronized (this) {
            confirmation = confirmed;
        }
    }

    // ------------------------------------------------------------------ the steps

    /**
     * Looks at the machine, and takes the next step if it is not off. Its shutdown may not be confirmed yet or, after a
     * pause of this JVM, not be received yet. Does nothing if another step has begun since.
     */
    private void next(int before) {
        if (before == 0) {
            take(0);
            return;
        }
        CompletableFuture<Boolean> pending = pendingConfirmation();
        if (pending != null) {
            pending.whenComplete((off, failure) -> next(before));
            return;
        }
        sessionMayHaveEnded();
        boolean exited = process != null && !process.isAlive(); // its exit is reported soon
        if (exited || !isNext(before)) {
            return;
        }
        boolean last = before == steps.size();
        QueryStatus query = QueryStatus.command().withTimeout(last ? LAST_LOOK : LOOK);
        isShutDownForGood(query).whenComplete((off, failure) -> {
            if (failure == null && off) {
                offWithoutQemu();
            } else if (last) {
                failNotOff();
            } else {
                sessionMayHaveEnded();
                take(before);
            }
        });
    }

    private synchronized @Nullable CompletableFuture<Boolean> pendingConfirmation() {
        return confirmation == null || confirmation.isDone() ? null : confirmation;
    }

    private synchronized boolean isNext(int before) {
        return taken == before && !source.task().isDone();
    }

    private void take(int before) {
        synchronized (this) {
            if (!isNext(before)) {
                return;
            }
            taken = before + 1;
        }
        PowerLadder.Step step = steps.get(before);
        source.progress(
                Progress.ofSteps(before, steps.size(), step.action().name().toLowerCase(Locale.ROOT)));
        CompletableFuture<Boolean> timer = timer(step.limit());
        timer.thenAcceptAsync(passed -> next(before + 1), vm.callbackExecutor());
        source.task().result().whenComplete((off, failure) -> timer.cancel(false));
        act(step.action()).whenComplete((done, failure) -> {
            if (failure != null) {
                acted(before + 1, TaskSource.unwrap(failure));
            }
        });
    }

    private CompletableFuture<?> act(Action action) {
        return switch (action) {
            case ASK -> vm.execute(SystemPowerdown.command());
            case QUIT -> vm.execute(Quit.command());
            case KILL -> process == null ? new CompletableFuture<>() : process.kill();
        };
    }

    /**
     * Handles the failure of a step's command. A written command may have an effect. A command that waits for a session
     * would be too late.
     */
    private void acted(int step, Throwable failure) {
        synchronized (this) {
            refusal = failure;
        }
        boolean refused = failure instanceof RejectedException || failure instanceof CommandRefusedException;
        if (refused || (failure instanceof NotSentException && isHopeless())) {
            next(step);
        }
    }

    /** Reports that no step is left, unless the end of the session, whose notification may be late, is the outcome. */
    private void failNotOff() {
        sessionMayHaveEnded();
        Throwable cause;
        synchronized (this) {
            cause = refusal;
        }
        if (process == null && vm.runstate() != Runstate.RUNNING) {
            source.fail(new TaskOutcomeUnknownException(
                    source.task().name(),
                    "there is no session, and the process is not known; look at the host whether QEMU runs",
                    cause));
        } else {
            source.fail(new TaskFailedException(
                    source.task().name(),
                    "the machine is not off after " + steps.size() + (steps.size() == 1 ? " step" : " steps"),
                    cause));
        }
    }

    // ------------------------------------------------------------------ the end of the machine

    private void shutDown(QapiShutdown event) {
        synchronized (this) {
            reason = event.reason().toString();
        }
        completeIfShutDown();
    }

    private void completeIfShutDown() {
        isShutDownForGood(QueryStatus.command()).thenAccept(off -> {
            if (off) {
                offWithoutQemu();
            }
        });
    }

    /**
     * {@return whether the guest is off, and QEMU runs on} That is the case with {@code -no-shutdown}. Otherwise QEMU
     * ends after a shutdown, but it may answer one query meanwhile, and with the same status.
     */
    private CompletableFuture<Boolean> isShutDownForGood(QueryStatus query) {
        return isShutDown(query)
                .thenCompose(first -> first ? isStillShutDown(query) : CompletableFuture.completedFuture(false));
    }

    private CompletableFuture<Boolean> isStillShutDown(QueryStatus query) {
        return timer(confirmationTime).thenComposeAsync(passed -> isShutDown(query), vm.callbackExecutor());
    }

    private CompletableFuture<Boolean> isShutDown(QueryStatus query) {
        return vm.execute(query).thenApply(info -> info.status().equals(RunState.SHUTDOWN));
    }

    private void offWithoutQemu() {
        source.complete(off(reason(), null, null, true));
    }

    private synchronized @Nullable String reason() {
        return reason;
    }

    private void sessionMayHaveEnded() {
        SessionEnd end = vm.status().lastEnd();
        if (end != null && !end.at().equals(endBefore)) { // not "is after": the clock may be set back
            sessionEnded(end);
        }
    }

    private static @Nullable Instant endedAt(@Nullable SessionEnd end) {
        return end == null ? null : end.at();
    }

    private void sessionEnded(SessionEnd end) {
        if (process != null) {
            return;
        }
        switch (end.kind()) {
            case SHUT_DOWN_BY_GUEST, SHUT_DOWN_BY_COMMAND, SHUT_DOWN_BY_HOST, CRASHED -> ended(end, null);
            case DISCONNECTED -> lost("the client was disconnected", end);
            case CONNECTION_LOST -> {
                if (!vm.status().reconnecting()) {
                    lost("the session was lost", end);
                }
            }
        }
    }

    private void lost(String detail, SessionEnd end) {
        source.fail(new TaskOutcomeUnknownException(
                source.task().name(), detail + "; look at the host whether QEMU runs", end.cause()));
    }

    private void ended(@Nullable SessionEnd session, @Nullable QemuExit exit) {
        String known = session == null ? null : session.shutdownReason();
        source.complete(off(known == null ? reason() : known, session, exit, false));
    }

    private synchronized PowerOff off(
            @Nullable String reason, @Nullable SessionEnd session, @Nullable QemuExit exit, boolean qemuRuns) {
        int counted = wasShutDown ? 0 : taken;
        Action action = counted == 0 ? null : steps.get(counted - 1).action();
        return new PowerOff(action, counted, reason, session, exit, qemuRuns, took());
    }

    private Duration took() {
        return Duration.ofNanos(System.nanoTime() - began);
    }
}
