package dev.qmp.agent;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.error.Checks;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.agent.command.GuestGetDisks;
import dev.qmp.qapi.agent.command.GuestGetFsinfo;
import dev.qmp.qapi.agent.command.GuestGetHostName;
import dev.qmp.qapi.agent.command.GuestGetOsinfo;
import dev.qmp.qapi.agent.command.GuestGetTime;
import dev.qmp.qapi.agent.command.GuestGetUsers;
import dev.qmp.qapi.agent.command.GuestInfo;
import dev.qmp.qapi.agent.command.GuestNetworkGetInterfaces;
import dev.qmp.qapi.agent.command.GuestPing;
import dev.qmp.qapi.agent.command.GuestSetTime;
import dev.qmp.qapi.agent.type.GuestAgentInfo;
import dev.qmp.qapi.agent.type.GuestDiskInfo;
import dev.qmp.qapi.agent.type.GuestFilesystemInfo;
import dev.qmp.qapi.agent.type.GuestNetworkInterface;
import dev.qmp.qapi.agent.type.GuestOSInfo;
import dev.qmp.qapi.agent.type.GuestUser;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The agent {@code qemu-ga} in a guest.
 *
 * <pre>{@code
 * QmpClient client = QmpClient.builder("unix:/run/vm1.agent").guestAgent().build();
 * client.start();
 * GuestAgent agent = GuestAgent.of(client);
 * agent.exec(ExecRequest.of("uname", "-a")).result().thenAccept(end -> log.info("{}", end.output()));
 * }</pre>
 *
 * <p>{@code RUNNING} means only that the socket is open; {@link #isListening} waits for an agent. Commands have the
 * agent's {@link #withTimeout deadline}. Futures complete on the client's callback executor. Those of single commands
 * fail as those of {@link QmpClient#execute(TypedCommand)}. An agent whose file systems are frozen rejects most.
 *
 * <p>Immutable, and without threads of its own, so several objects may use one client. {@link #blocking()} has the same
 * operations for code that waits.
 */
public final class GuestAgent {

    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration DEFAULT_OUTAGE_LIMIT = Duration.ofMinutes(2);

    private final QmpClient client;
    private final Duration timeout;
    private final Duration outageLimit;

    private GuestAgent(QmpClient client, Duration timeout, Duration outageLimit) {
        this.client = client;
        this.timeout = timeout;
        this.outageLimit = outageLimit;
    }

    /**
     * {@return the agent behind a client, in any runstate}
     *
     * @param client built with {@link dev.qmp.QmpClientBuilder#guestAgent()}
     * @throws IllegalArgumentException if the server has sent a greeting, because then it is a monitor
     */
    public static GuestAgent of(QmpClient client) {
        Objects.requireNonNull(client, "client");
        @Nullable QmpClientStatus status = client.status(); // null for a mock
        if (status != null && status.greeting() != null) {
            throw new IllegalArgumentException("the client '" + client.name()
                    + "' is connected to a QMP monitor, not to a guest agent; use the agent's socket");
        }
        return new GuestAgent(client, DEFAULT_TIMEOUT, DEFAULT_OUTAGE_LIMIT);
    }

    /**
     * {@return this agent with another deadline for each command} Default: 10 s. The commands of a thaw have this
     * deadline, but 10 s at most.
     *
     * @throws IllegalArgumentException if the timeout is not positive
     */
    public GuestAgent withTimeout(Duration timeout) {
        return new GuestAgent(client, Checks.positive("timeout", timeout), outageLimit);
    }

    /**
     * {@return this agent with another limit for its absence during a task, such as a program or a copy} Default: 2
     * min. If the agent is back, or thawed, in time, the task goes on. If the client does not reconnect by itself, the
     * task fails at once.
     *
     * @throws IllegalArgumentException if the limit is not positive
     */
    public GuestAgent withOutageLimit(Duration limit) {
        return new GuestAgent(client, timeout, Checks.positive("limit", limit));
    }

    /** {@return the client of the agent's socket} */
    public QmpClient client() {
        return client;
    }

    /** {@return this agent for code that waits} */
    public BlockingGuestAgent blocking() {
        return new BlockingGuestAgent(this);
    }

    Duration timeout() {
        return timeout;
    }

    Retries retries() {
        return new Retries(client, outageLimit, false);
    }

    // ------------------------------------------------------------------ any command

    /**
     * Executes a command of {@link dev.qmp.qapi.agent.command}, or one of the application. The agent's deadline applies
     * unless the command has its own.
     */
    public <R extends @Nullable Object> CompletableFuture<R> execute(TypedCommand<R> command) {
        return client.execute(withDeadline(command));
    }

    <R extends @Nullable Object> TypedCommand<R> withDeadline(TypedCommand<R> command) {
        return new WithDeadline<>(Objects.requireNonNull(command, "command"), timeout);
    }

    /** Sends {@code guest-ping}. The future completes when the agent has answered. */
    public CompletableFuture<@Nullable Void> ping() {
        return execute(GuestPing.command());
    }

    /**
     * Waits for an agent to answer. It may be repeated while the guest boots. If 4 commands have timed out without a
     * reply, it sends no ping until the agent answers, because too many such commands end the session.
     *
     * @param limit how long to wait; positive
     * @return true if it answered; false if there is no session, or no answer within the limit. Fails with a {@link
     *     dev.qmp.error.CommandRefusedException} if the client's policy refuses {@code guest-ping}
     */
    public CompletableFuture<Boolean> isListening(Duration limit) {
        return TaskSource.unwrapped(new Listening(client, Checks.positive("limit", limit)).ask(), Runnable::run);
    }

    /** Reads the agent's version and its commands, the disabled ones included. */
    public CompletableFuture<GuestAgentInfo> info() {
        return execute(GuestInfo.command());
    }

    /** Checks whether the agent has a command, such as {@code guest-exec}, and it is enabled. */
    public CompletableFuture<Boolean> supports(String command) {
        Objects.requireNonNull(command, "command");
        return TaskSource.unwrapped(info().thenApply(info -> supports(info, command)), Runnable::run);
    }

    static boolean supports(GuestAgentInfo info, String command) {
        return info.supportedCommands().stream()
                .anyMatch(one -> one.enabled() && one.name().equals(command));
    }

    // ------------------------------------------------------------------ programs

    /**
     * Runs a program.
     *
     * @return the program, which is a task
     */
    public GuestProgram exec(ExecRequest request) {
        return GuestProgram.start(this, Objects.requireNonNull(request, "request"));
    }

    /**
     * {@return a program that was started before, by this client or another}
     *
     * @param pid the program's process in the guest
     * @param charset the charset of its output
     */
    public GuestProgram attach(long pid, Charset charset) {
        return GuestProgram.attach(this, pid, Objects.requireNonNull(charset, "charset"));
    }

    // ------------------------------------------------------------------ files

    /**
     * Opens a file.
     *
     * @param mode as in C: {@code r}, {@code w}, {@code a}, {@code r+}, {@code w+}, {@code a+}
     * @return the file. If the reply is lost, the agent keeps an open handle. If the agent returns the handle of a file
     *     that is open here, that file is {@linkplain GuestFile lost}, and this one is closed and opened again, up to
     *     eight times. If the last handle is of such a file, too, commands of that file that were sent before the loss
     *     was noticed may have changed this one
     */
    public CompletableFuture<GuestFile> open(String path, String mode) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(mode, "mode");
        return TaskSource.unwrapped(GuestFile.open(this, path, mode), Runnable::run);
    }

    /**
     * Copies a file of the guest to this machine, in chunks. The target appears when it is complete; until then the
     * name of the copy's own file ends in {@code .part}. A directory is not replaced. A lost connection ends nothing.
     *
     * @param maxBytes the task fails with {@link dev.qmp.task.TaskFailedException} if the file is longer; positive. A
     *     guest may send a file without end
     * @return the task; its result is the number of bytes. It fails with {@link dev.qmp.error.CommandException} for a
     *     failure of the agent, and with {@code TaskFailedException} for one of this machine's disk. {@link
     *     Task#cancel()} ends it
     */
    public Task<Long> download(String guestPath, Path target, long maxBytes) {
        Objects.requireNonNull(target, "target");
        return new FileCopy<Long>(this, "download", guestPath, maxBytes, () -> LocalFile.toReceive(target), n -> n)
                .start();
    }

    /**
     * Copies a file of this machine to the guest, in chunks. An existing file is replaced. After a failure, a part of
     * the new file may remain. A lost connection does not end the copy. The task completes when the agent has passed
     * all bytes to the guest's kernel. If the agent ends before, the task fails.
     *
     * @return as {@link #download}
     */
    public Task<Long> upload(Path source, String guestPath) {
        Objects.requireNonNull(source, "source");
        return new FileCopy<Long>(this, "upload", guestPath, Long.MAX_VALUE, () -> LocalFile.toSend(source), n -> n)
                .start();
    }

    /**
     * Reads a whole file.
     *
     * @param maxBytes the task fails with {@link dev.qmp.task.TaskFailedException} if the file is longer; positive
     * @return as {@link #download}; the result is the content
     */
    public Task<byte[]> readFile(String guestPath, int maxBytes) {
        LocalBytes bytes = LocalBytes.toReceive();
        return new FileCopy<byte[]>(this, "read", guestPath, maxBytes, () -> bytes, n -> bytes.received()).start();
    }

    /** Writes a whole file, as {@link #upload} does. */
    public Task<Long> writeFile(String guestPath, byte[] content) {
        LocalBytes bytes =
                LocalBytes.toSend(Objects.requireNonNull(content, "content").clone());
        return new FileCopy<Long>(this, "write", guestPath, Long.MAX_VALUE, () -> bytes, n -> n).start();
    }

    // ------------------------------------------------------------------ freeze

    /**
     * Freezes the guest's file systems, does some work, such as a snapshot, and thaws them.
     *
     * <p>The thaw always follows: after the work and its failure, when the returned future is cancelled, and after a
     * freeze without a reply. It is repeated until the agent confirms it, for an hour at most, in later sessions too.
     * No thaw follows a freeze that was certainly not executed, because another program may have frozen the file
     * systems.
     *
     * @param limit how long the freeze may take; positive
     * @param work starts the work, on the callback executor, and returns a future of its end. It can use the monitor
     *     only: a frozen agent runs no programs
     * @return completes when the thaw is confirmed. It fails with the work's failure; with {@link
     *     dev.qmp.error.CommandException} if the freeze failed; with {@link FreezeException} if no thaw was confirmed
     *     within a minute, or the file systems were, or may have been, thawed before the work ended. Windows ends a
     *     freeze after 10 seconds
     */
    public <R> CompletableFuture<R> whileFrozen(Duration limit, Supplier<? extends CompletionStage<R>> work) {
        Checks.positive("limit", limit);
        return new Freeze<R>(this, Objects.requireNonNull(work, "work")).start(limit);
    }

    // ------------------------------------------------------------------ what the guest is

    /** Reads the guest's clock. */
    public CompletableFuture<Instant> time() {
        return TaskSource.unwrapped(execute(GuestGetTime.command()).thenApply(GuestClock::instant), Runnable::run);
    }

    /**
     * Sets the guest's clock.
     *
     * @throws IllegalArgumentException if the time is before 1678 or after 2261
     */
    public CompletableFuture<@Nullable Void> setTime(Instant time) {
        return execute(GuestClock.command(time));
    }

    /** Sets the guest's clock from its real-time clock, for instance after a pause of the machine. */
    public CompletableFuture<@Nullable Void> setTimeFromClock() {
        return execute(GuestSetTime.command());
    }

    /** Reads the logged-in users. */
    public CompletableFuture<List<GuestUser>> users() {
        return execute(GuestGetUsers.command());
    }

    /** Reads the network interfaces and their addresses. */
    public CompletableFuture<List<GuestNetworkInterface>> networkInterfaces() {
        return execute(GuestNetworkGetInterfaces.command());
    }

    /** Reads the disks and partitions. */
    public CompletableFuture<List<GuestDiskInfo>> disks() {
        return execute(GuestGetDisks.command());
    }

    /** Reads the mounted file systems. */
    public CompletableFuture<List<GuestFilesystemInfo>> fileSystems() {
        return execute(GuestGetFsinfo.command());
    }

    /** Reads the operating system's name and version. */
    public CompletableFuture<GuestOSInfo> operatingSystem() {
        return execute(GuestGetOsinfo.command());
    }

    /** Reads the host name. */
    public CompletableFuture<String> hostName() {
        return TaskSource.unwrapped(
                execute(GuestGetHostName.command()).thenApply(name -> name.hostName()), Runnable::run);
    }

    // ------------------------------------------------------------------ power

    /**
     * Shuts the guest down. An agent answers this command only with errors, so a ping precedes it.
     *
     * @return completes when the agent has not reported an error within its {@link #withTimeout deadline}, or the
     *     session has ended. Fails with {@link dev.qmp.error.CommandException}: rejected, certainly not sent, or no
     *     agent answers
     */
    public CompletableFuture<@Nullable Void> shutdown(GuestShutdownMode mode) {
        return unanswered(shutdownCommand(mode));
    }

    static QmpCommand shutdownCommand(GuestShutdownMode mode) {
        Objects.requireNonNull(mode, "mode");
        return QmpCommand.of("guest-shutdown").withArgument("mode", mode.value());
    }

    /**
     * Suspends the guest.
     *
     * @return as {@link #shutdown}
     */
    public CompletableFuture<@Nullable Void> suspend(GuestSuspendMode mode) {
        Objects.requireNonNull(mode, "mode");
        return unanswered(QmpCommand.of(mode.command()));
    }

    private CompletableFuture<@Nullable Void> unanswered(QmpCommand command) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        ping().thenCompose(alive -> client.execute(command.withTimeout(timeout)))
                .whenComplete((reply, failure) -> {
                    Throwable cause = failure == null ? null : TaskSource.unwrap(failure);
                    if (cause == null || isSuccess(cause, command)) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(cause);
                    }
                });
        return done;
    }

    /** {@return whether a command without a reply after success was written, and no error was received} */
    static boolean isSuccess(Throwable failure, QmpCommand command) {
        return failure instanceof OutcomeUnknownException unknown
                && unknown.reason() != OutcomeUnknownException.Reason.INTERRUPTED
                && unknown.commandName().equals(command.name());
    }

    /** {@return the client's name} */
    @Override
    public String toString() {
        return "GuestAgent[" + client.name() + "]";
    }
}
