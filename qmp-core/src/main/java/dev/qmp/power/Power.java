package dev.qmp.power;

import dev.qmp.QmpClient;
import dev.qmp.error.Checks;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMatch;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpEvent;
import dev.qmp.process.QemuProcess;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.command.Cont;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.command.Stop;
import dev.qmp.qapi.command.SystemReset;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.task.Task;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Powers a machine down, resets, pauses and resumes it, and waits for a status of its guest.
 *
 * <pre>{@code
 * PowerOff off = Power.of(vm).powerDown().await(Duration.ofMinutes(2));
 * log.info("off after {}: {}", off.action(), off.reason());
 * }</pre>
 *
 * <p>Immutable, and cheap to make. Thread safety: any thread may use it. Futures complete on the client's callback
 * executor.
 */
public final class Power {

    private final QmpClient vm;
    private final @Nullable QemuProcess process;

    private Power(QmpClient vm, @Nullable QemuProcess process) {
        this.vm = vm;
        this.process = process;
    }

    /** {@return the power of a machine whose process is not known} */
    public static Power of(QmpClient vm) {
        return new Power(Objects.requireNonNull(vm, "vm"), null);
    }

    /** {@return the power of a machine whose process is known, so that it can be killed and its end is certain} */
    public static Power of(QemuProcess machine) {
        Objects.requireNonNull(machine, "machine");
        return new Power(machine.client(), machine);
    }

    /** Powers the machine down by {@link PowerLadder#standard()}; see {@link #powerDown(PowerLadder)}. */
    public Task<PowerOff> powerDown() {
        return powerDown(PowerLadder.standard());
    }

    /**
     * Powers the machine down, step by step, until it is off. It is off if its process has ended. If the process is not
     * known, it is off if its session has ended with a shutdown or a proven crash. It is also off if the guest's status
     * is {@code shutdown} ({@code -no-shutdown}). The status is queried at the beginning, after the event {@code
     * SHUTDOWN}, after a reconnect, and after the last step, by two queries of five seconds at most.
     *
     * <p>If a step is rejected, the next one follows at once. While the client reconnects, a step waits for its limit.
     * A paused or suspended guest cannot react to {@link PowerLadder.Action#ASK}: resume or wake it first.
     *
     * @return the task. It fails with {@link dev.qmp.task.TaskFailedException} if the machine is not off after the last
     *     step. If the session has ended and the process is not known, it fails with {@link
     *     dev.qmp.task.TaskOutcomeUnknownException}. If there was neither from the beginning, it fails with {@link
     *     dev.qmp.error.NotSentException}. Cancelling it ends the ladder with {@link
     *     dev.qmp.task.TaskCancelledException}; a guest that has received the request may still power down
     * @throws IllegalArgumentException if the ladder has no step, or kills and the process is not known
     */
    public Task<PowerOff> powerDown(PowerLadder ladder) {
        Objects.requireNonNull(ladder, "ladder");
        if (ladder.steps().isEmpty()) {
            throw new IllegalArgumentException("ladder must have a step");
        }
        boolean kills = ladder.steps().stream().anyMatch(step -> step.action() == PowerLadder.Action.KILL);
        if (kills && process == null) {
            throw new IllegalArgumentException("ladder must not kill: the process of " + vm.name()
                    + " is not known; use Power.of(QemuProcess.adopt(vm))");
        }
        return new PowerDown(vm, process, ladder).begin();
    }

    /**
     * Resets the machine as its reset button does, and waits for QEMU's event {@code RESET}. A paused machine stays
     * paused.
     *
     * @param limit how long the reset may take; positive
     * @return the task; it fails as {@link QmpClient#start}, with {@link dev.qmp.event.FailedByEventException} if QEMU
     *     shuts down instead because of {@code -no-reboot}. Cancelling it only ends the wait
     * @throws IllegalArgumentException if the limit is not positive
     */
    public Task<QmpEvent> reset(Duration limit) {
        EventMatch reset = EventFilter.named("RESET").with("guest", false);
        return vm.start(Operation.of(SystemReset.command(), reset, limit).failedBy(EventFilter.named("SHUTDOWN")));
    }

    /**
     * Pauses the guest ({@code stop}).
     *
     * @return completes when it is paused; fails as {@link QmpClient#execute}
     */
    public CompletableFuture<@Nullable Void> pause() {
        return vm.execute(Stop.command());
    }

    /**
     * Lets a paused guest run on ({@code cont}). It does not wake a suspended one; {@link
     * dev.qmp.qapi.command.SystemWakeup} does.
     *
     * @return completes when it runs, or is {@code suspended} as before; fails as {@link QmpClient#execute}. A guest
     *     with a broken disk can pause again at once
     */
    public CompletableFuture<@Nullable Void> resume() {
        return vm.execute(Cont.command());
    }

    /** {@return the guest's status now ({@code query-status}); fails as {@link QmpClient#execute}} */
    public CompletableFuture<RunState> status() {
        return vm.execute(TypedCommand.of(QueryStatus.command().toCommand(), result -> StatusInfo.decode(result)
                .status()));
    }

    /**
     * Waits until the guest has one of some statuses, now or later. The status is queried at the beginning, after each
     * event and once a second, because some changes have no event. A status that is shorter than a query is missed.
     *
     * @param limit how long to wait; positive
     * @param wanted the statuses; at least one
     * @return the task; its result is the reached status. It fails with {@link dev.qmp.task.TaskFailedException} after
     *     the limit, with {@link dev.qmp.task.TaskOutcomeUnknownException} if the session ends, and as {@link
     *     QmpClient#execute}. Cancelling it ends the wait
     * @throws IllegalArgumentException if the limit is not positive, or there is no status
     */
    public Task<RunState> awaitStatus(Duration limit, RunState... wanted) {
        Duration checked = Checks.positive("limit", limit);
        Objects.requireNonNull(wanted, "wanted");
        if (wanted.length == 0) {
            throw new IllegalArgumentException("wanted must have a status");
        }
        for (RunState status : wanted) {
            Objects.requireNonNull(status, "wanted");
        }
        return new StatusWait(vm, Set.copyOf(Arrays.asList(wanted))).begin(checked);
    }
}
