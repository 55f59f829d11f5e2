package dev.qmp.agent;

import dev.qmp.error.MappingException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.Text;
import dev.qmp.qapi.agent.command.GuestExec;
import dev.qmp.qapi.agent.command.GuestExecStatus;
import dev.qmp.qapi.agent.command.GuestGetOsinfo;
import dev.qmp.qapi.agent.type.GuestExecCaptureOutput;
import dev.qmp.qapi.agent.type.GuestExecCaptureOutputMode;
import dev.qmp.task.ForwardingTask;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A program that runs in the guest. Its result is available when the program has ended, with any exit code.
 *
 * <p>Agents of every version keep the output until the program ends, and return it once. The status is queried with
 * growing delays, from 20 ms to 2 s. While the agent is away, or file systems are frozen, the task goes on, up to
 * the agent's {@link GuestAgent#withOutageLimit outage limit}. It fails with
 *
 * <ul>
 * <li>{@link dev.qmp.error.CommandException} if the agent did not start the program, or it is not known whether it did
 * <li>{@link TaskOutcomeUnknownException} if the agent was away for too long, or has lost the program: it was
 *     restarted, or its answer was lost. {@link #pid()} still has the process id
 * <li>{@link TaskCancelledException} if {@link #cancel()} ended the program. A program that {@code kill} did not find
 *     any more has its own result
 * </ul>
 *
 * <p>{@link #cancel()} runs {@code kill} in the guest, or {@code taskkill} in Windows, because the agent has no command
 * for it. First it waits, up to 2 s, until the agent reports that the program runs.
 */
public final class GuestProgram extends ForwardingTask<ExecResult, GuestProgram> {

    /** The limit of an agent for each output, in bytes. */
    private static final int MAX_OUTPUT = 16 << 20;

    private static final Duration FIRST_DELAY = Duration.ofMillis(20);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

    private final GuestAgent agent;
    private final Charset charset;
    private final TaskSource<ExecResult> source;
    private final Retries retries;
    private final CompletableFuture<Long> pid = new CompletableFuture<>();
    /** Completes when no attempt to end the program is under way, with whether one has succeeded. */
    private CompletableFuture<Boolean> killed = CompletableFuture.completedFuture(false);

    /** Completes with the outcome of the next status query; guarded by this. */
    private CompletableFuture<@Nullable Void> laterStatus = new CompletableFuture<>();

    private Duration delay = FIRST_DELAY;

    private GuestProgram(GuestAgent agent, String name, Charset charset) {
        this.agent = agent;
        this.charset = charset;
        this.source = agent.client().newTask("guest program", name, this::end);
        this.retries = agent.retries();
        source.task().result().whenComplete((result, failure) -> statusOfLater().completeExceptionally(endedBefore()));
    }

    static GuestProgram start(GuestAgent agent, ExecRequest request) {
        GuestProgram program = new GuestProgram(agent, "program " + request.path(), request.charset());
        agent.execute(command(request)).whenComplete((started, failure) -> {
            if (failure != null) {
                program.fail(failure);
            } else {
                program.started(started.pid());
            }
        });
        return program;
    }

    static GuestProgram attach(GuestAgent agent, long pid, Charset charset) {
        GuestProgram program = new GuestProgram(agent, "program with pid " + pid, charset);
        program.started(pid);
        return program;
    }

    private static GuestExec command(ExecRequest request) {
        GuestExec command = GuestExec.command(request.path()).withArg(request.arguments());
        List<String> environment = request.environment();
        if (environment != null) {
            command = command.withEnv(environment);
        }
        byte[] input = request.input();
        if (input != null) {
            command = command.withInputData(Base64.getEncoder().encodeToString(input));
        }
        return switch (request.output()) {
            case DISCARDED -> command;
            case COLLECTED -> command.withCaptureOutput(GuestExecCaptureOutput.of(true));
            case MERGED -> command.withCaptureOutput(GuestExecCaptureOutput.of(GuestExecCaptureOutputMode.MERGED));
        };
    }

    private void started(long number) {
        source.progress(Progress.ofSteps(1, 2, "running"));
        pid.complete(number);
        poll(number);
    }

    private void poll(long number) {
        CompletableFuture<@Nullable Void> awaited = nextStatus();
        agent.execute(GuestExecStatus.command(number)).whenComplete((status, failure) -> {
            if (failure != null) {
                statusFailed(number, TaskSource.unwrap(failure));
                awaited.completeExceptionally(failure);
            } else if (status.exited()) {
                ended(number, status);
                awaited.completeExceptionally(endedBefore());
            } else {
                awaited.complete(null);
                retries.answered();
                Duration current = delay;
                Duration longer = delay.multipliedBy(3).dividedBy(2);
                delay = longer.compareTo(LONGEST_DELAY) < 0 ? longer : LONGEST_DELAY;
                Retries.later(agent.client(), current, () -> poll(number));
            }
        });
    }

    private void statusFailed(long number, Throwable failure) {
        if (retries.scheduledWhileDisabled(failure, () -> poll(number))) {
            return;
        }
        String why = failure instanceof RejectedException rejected && !Retries.isDisabled(failure)
                ? "the agent does not know pid " + number + " any more: " + rejected.description()
                : "the status of pid " + number + " could not be read: " + Text.messageOf(failure);
        fail(new TaskOutcomeUnknownException(name(), why, failure));
    }

    private void ended(long number, dev.qmp.qapi.agent.type.GuestExecStatus status) {
        if (status.signal() == null && Long.valueOf(0).equals(status.exitcode())) {
            succeed(number, status);
            return;
        }
        // an attempt under way fails if the program has ended before it
        killed().thenAccept(cancelled -> {
            if (cancelled) {
                fail(new TaskCancelledException(name()));
            } else {
                succeed(number, status);
            }
        });
    }

    private void succeed(long number, dev.qmp.qapi.agent.type.GuestExecStatus status) {
        try {
            byte[] output = GuestFile.decode(status.outData());
            byte[] errors = GuestFile.decode(status.errData());
            source.complete(new ExecResult(
                    number,
                    status.exitcode(),
                    status.signal(),
                    output,
                    errors,
                    isTruncated(status.outTruncated(), output) || isTruncated(status.errTruncated(), errors),
                    charset));
        } catch (MappingException e) {
            fail(e);
        }
    }

    /**
     * {@return whether the output is truncated} An agent of QEMU 5.2 sends {@code false} for a truncated output, and
     * nothing otherwise. Later agents send the correct value.
     */
    private static boolean isTruncated(@Nullable Boolean sent, byte[] output) {
        return sent != null && (sent || output.length >= MAX_OUTPUT);
    }

    private void fail(Throwable failure) {
        source.fail(failure);
        pid.completeExceptionally(TaskSource.unwrap(failure));
    }

    /**
     * Ends the program if the agent still knows it. After a reboot of the guest, another program may have its process
     * id. So a status that is queried from now on must precede the {@code kill}.
     */
    private CompletableFuture<?> end() {
        return pid.thenCompose(number -> agent.execute(GuestGetOsinfo.command())
                        .handle((system, failure) -> system != null && "mswindows".equals(system.id()))
                        .thenCompose(windows -> statusOfLater().thenCompose(nothing -> kill(number, windows))))
                .thenAccept(this::requireKilled);
    }

    private TaskFailedException endedBefore() {
        return new TaskFailedException("end of " + name(), "the task has ended before", null);
    }

    /** {@return the outcome of the first status query after this call} It fails unless the program runs. */
    private synchronized CompletableFuture<@Nullable Void> statusOfLater() {
        return laterStatus;
    }

    /** {@return what the next status query completes} */
    private synchronized CompletableFuture<@Nullable Void> nextStatus() {
        CompletableFuture<@Nullable Void> next = laterStatus;
        laterStatus = new CompletableFuture<>();
        return next;
    }

    private CompletableFuture<ExecResult> kill(Long number, boolean windows) {
        CompletableFuture<Boolean> attempt = new CompletableFuture<>();
        attempted(attempt); // before the program can end
        return agent.exec(
                        windows
                                ? ExecRequest.of("taskkill", "/F", "/T", "/PID", number.toString())
                                : ExecRequest.of("kill", "-TERM", number.toString()))
                .result()
                .whenComplete((killer, failure) -> attempt.complete(failure == null && killer.isSuccess()));
    }

    private synchronized void attempted(CompletableFuture<Boolean> attempt) {
        killed = killed.thenCombine(attempt, Boolean::logicalOr);
    }

    private synchronized CompletableFuture<Boolean> killed() {
        return killed;
    }

    private void requireKilled(ExecResult killer) {
        if (!killer.isSuccess()) {
            throw new TaskFailedException("end of " + name(), killer.errors().strip(), null);
        }
    }

    // ------------------------------------------------------------------ the task

    /**
     * {@return a new future of the program's process in the guest}
     *
     * <p>It completes when the agent has started the program, and fails as the task if the program was not started.
     * {@link GuestAgent#attach} follows that process again, also from another client.
     */
    public CompletableFuture<Long> pid() {
        return TaskSource.unwrapped(pid, Runnable::run);
    }

    @Override
    protected Task<ExecResult> task() {
        return source.task();
    }

    @Override
    protected GuestProgram self() {
        return this;
    }
}
