package dev.qmp.process;

import dev.qmp.QmpClient;
import dev.qmp.error.Checks;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.process.OwnedProcesses.Owned;
import dev.qmp.process.QemuStop.Step;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.command.Quit;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A QEMU process and the client of its monitor. {@link QemuLauncher} starts one, and {@link #adopt} adopts a running
 * one.
 *
 * <p>A started process belongs to this object. It ends when the client is closed or the JVM exits ({@link
 * QemuLauncher#withJvmShutdownGrace}). When the process has ended, the client is closed. An adopted process belongs to
 * another program: only {@link #stop()} and {@link #kill()} end it, and its client belongs to the caller.
 *
 * <p>Thread safety: all methods may be called from any thread. Futures complete on the client's callback executor.
 */
public final class QemuProcess implements AutoCloseable {

    /** The number of characters of the output that are kept. */
    public static final int MAX_OUTPUT = 16_384;

    private static final Logger logger = LoggerFactory.getLogger(QemuProcess.class);

    /** The ends of adopted processes that still run, so that one poll serves all objects for the same process. */
    private static final Map<ProcessHandle, CompletableFuture<ProcessHandle>> ENDS = new ConcurrentHashMap<>();

    private static final Duration QUIT_LIMIT = Duration.ofSeconds(10);
    private static final Duration TERMINATE_LIMIT = Duration.ofSeconds(10);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);
    private static final Duration SESSION_END_LIMIT = Duration.ofSeconds(5);

    private final ProcessHandle handle;
    private final @Nullable Owned owned;
    private final QmpClient client;
    private final CompletableFuture<ProcessHandle> ended;
    private final CompletableFuture<QemuExit> exit;
    private final Duration killLimit;
    /** The output when the process had ended, known before its file is deleted. */
    private volatile @Nullable String lastOutput;

    private QemuProcess(
            ProcessHandle handle,
            @Nullable Owned owned,
            CompletableFuture<ProcessHandle> ended,
            QmpClient client,
            Duration killLimit) {
        this.handle = handle;
        this.owned = owned;
        this.client = client;
        this.ended = ended;
        this.killLimit = killLimit;
        this.exit = ended.thenComposeAsync(gone -> sessionEnded(), ProcessThreads.now())
                .thenComposeAsync(none -> release(), ProcessThreads.now());
    }

    static QemuProcess started(Owned owned, QmpClient client) {
        Process process = owned.process();
        QemuProcess machine = new QemuProcess(process.toHandle(), owned, endOf(process), client, KILL_LIMIT);
        logger.info("{}: QEMU runs as process {}", client.name(), process.pid());
        ClientEnd.of(client).thenRun(machine::stop);
        return machine;
    }

    /**
     * Adopts the running QEMU that listens at the client's Unix socket. The process is looked up in {@code /proc}; this
     * works on Linux, for a QEMU of the same user. If this JVM listens and QEMU connects, as with {@link
     * dev.qmp.ConnectMode#LISTEN}, the process is not found: use {@link #adopt(QmpClient, long)}.
     *
     * @param client the client of its monitor, in any runstate
     * @throws QemuProcessException if no process but this JVM is found, or if there are several
     */
    public static QemuProcess adopt(QmpClient client) {
        Objects.requireNonNull(client, "client");
        return adopted(client, SocketOwner.find(client.endpoint()));
    }

    /**
     * Adopts a running QEMU by its process id. The call fails if {@code /proc} shows that this process does not listen
     * on the client's Unix socket, and another one does. Otherwise a later stop would end a wrong process.
     *
     * @param client the client of its monitor, in any runstate
     * @param pid the process id
     * @throws QemuProcessException if there is no such process, or it has another socket
     * @throws IllegalArgumentException if the id is not positive, or that of this JVM
     */
    public static QemuProcess adopt(QmpClient client, long pid) {
        Objects.requireNonNull(client, "client");
        if (pid <= 0 || pid == ProcessHandle.current().pid()) {
            throw new IllegalArgumentException("pid must be that of a QEMU, not " + pid);
        }
        SocketOwner.check(client.endpoint(), pid);
        return adopted(client, pid);
    }

    private static QemuProcess adopted(QmpClient client, long pid) {
        ProcessHandle handle = ProcessHandle.of(pid)
                .orElseThrow(() -> new QemuProcessException(
                        client.name() + ": there is no process " + pid + "; look up the process id again", null));
        return adopted(client, handle, KILL_LIMIT);
    }

    /**
     * Adopts a process without a check.
     *
     * @param killLimit how long the process may exist after {@code SIGKILL}
     */
    static QemuProcess adopted(QmpClient client, ProcessHandle handle, Duration killLimit) {
        return new QemuProcess(handle, null, endOf(handle), client, killLimit);
    }

    /** {@return the end of a process that this JVM has not started; the same future for each call while it runs} */
    static CompletableFuture<ProcessHandle> endOf(ProcessHandle handle) {
        CompletableFuture<ProcessHandle> ended = new CompletableFuture<>();
        CompletableFuture<ProcessHandle> known = ENDS.putIfAbsent(handle, ended);
        if (known != null) {
            return known;
        }
        ended.thenRun(() -> ENDS.remove(handle));
        pollForEnd(() -> isAlive(handle), handle, ended);
        return ended;
    }

    /**
     * {@return the end of a process that this JVM has started} {@link Process#onExit} reports it at once, unless the
     * common pool is busy. Then the poll does.
     */
    static CompletableFuture<ProcessHandle> endOf(Process process) {
        CompletableFuture<ProcessHandle> ended = new CompletableFuture<>();
        process.onExit().thenAccept(gone -> ended.complete(gone.toHandle()));
        pollForEnd(process::isAlive, process.toHandle(), ended);
        return ended;
    }

    /**
     * Checks the process now, and then once a second. {@link ProcessHandle#onExit} is no help for one of another
     * parent: it polls, too, with pauses of up to five seconds, and does not notice a process whose parent has not read
     * its exit code.
     */
    private static void pollForEnd(
            BooleanSupplier alive, ProcessHandle handle, CompletableFuture<ProcessHandle> ended) {
        if (!alive.getAsBoolean()) {
            ended.complete(handle);
        } else if (!ended.isDone()) {
            ProcessThreads.onTimer().execute(() -> pollForEnd(alive, handle, ended));
        }
    }

    /** A handle whose process id was given to another process is not alive. */
    private static boolean isAlive(ProcessHandle handle) {
        return handle.isAlive() && !Programs.isZombie(handle);
    }

    /** {@return the client of its monitor} */
    public QmpClient client() {
        return client;
    }

    /** {@return the process id} */
    public long pid() {
        return handle.pid();
    }

    /** {@return whether the process runs} */
    public boolean isAlive() {
        return isAlive(handle);
    }

    /**
     * {@return the last lines of its output and error output, {@value #MAX_OUTPUT} characters at most; empty if it was
     * adopted} The output is in a file. If the file has more than 1 MiB, its last 64 KiB are kept. That is checked once
     * a second.
     */
    public String output() {
        if (owned == null) {
            return "";
        }
        String before = lastOutput;
        if (before != null) {
            return before;
        }
        String read = owned.files().lastOutput(MAX_OUTPUT);
        String known = lastOutput; // the file may have been deleted meanwhile
        return known == null ? read : known;
    }

    /**
     * {@return the end of the process} It completes when the process has ended and the client has delivered the last
     * events of the session. The events have five seconds. The end of an adopted process is noticed within two
     * seconds. Completing the future has no effect on the process.
     */
    public CompletableFuture<QemuExit> onExit() {
        return delivered(exit);
    }

    /** Stops the process as {@link #stop(Duration, Duration)} does, with ten seconds for each step. */
    public CompletableFuture<QemuStop> stop() {
        return stop(QUIT_LIMIT, TERMINATE_LIMIT);
    }

    /**
     * Stops the process in order: by {@code quit} if there is a session, then by {@code SIGTERM}, then by {@code
     * SIGKILL}. The guest is not notified; see {@link dev.qmp.power.Power} for that. If {@code quit} is rejected, the
     * next step follows at once.
     *
     * @param quitLimit the time for {@code quit}; positive
     * @param terminateLimit the time for {@code SIGTERM}; positive
     * @return how the process ended. Fails with {@link QemuProcessException} if it still exists ten seconds after
     *     {@code SIGKILL}. Completing the future does not interrupt the stop
     * @throws IllegalArgumentException if a limit is not positive
     */
    public CompletableFuture<QemuStop> stop(Duration quitLimit, Duration terminateLimit) {
        return delivered(stopInSteps(
                Checks.positive("quitLimit", quitLimit), Checks.positive("terminateLimit", terminateLimit)));
    }

    private CompletableFuture<QemuStop> stopInSteps(Duration quitLimit, Duration terminateLimit) {
        long began = System.nanoTime();
        if (!isAlive()) {
            return stopped(Step.ALREADY_ENDED, began);
        }
        return quit(quitLimit).thenCompose(quit -> quit ? stopped(Step.QUIT, began) : terminate(terminateLimit, began));
    }

    private CompletableFuture<Boolean> quit(Duration limit) {
        if (client.runstate() != Runstate.RUNNING) {
            return CompletableFuture.completedFuture(false);
        }
        CompletableFuture<Boolean> gone = endsWithin(limit).thenApply(ended -> ended || !isAlive());
        client.execute(Quit.command().withTimeout(limit)).whenComplete((none, failure) -> {
            if (failure instanceof NotSentException || failure instanceof RejectedException) {
                gone.complete(false);
            }
        });
        return gone;
    }

    private CompletableFuture<QemuStop> terminate(Duration limit, long began) {
        if (!isAlive()) {
            return stopped(Step.ALREADY_ENDED, began);
        }
        handle.destroy();
        return endsWithin(limit).thenCompose(gone -> gone ? stopped(Step.TERMINATED, began) : killed(began));
    }

    private CompletableFuture<QemuStop> killed(long began) {
        if (!isAlive()) {
            return stopped(Step.TERMINATED, began);
        }
        return killNow().thenCompose(known -> stopped(Step.KILLED, began));
    }

    private CompletableFuture<QemuStop> stopped(Step step, long began) {
        return exit.thenApply(known -> new QemuStop(step, known, Duration.ofNanos(System.nanoTime() - began)));
    }

    private CompletableFuture<Boolean> endsWithin(Duration limit) {
        return ended.thenApply(gone -> true).completeOnTimeout(false, limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Kills the process at once ({@code SIGKILL}). Data that it had not written to its disks is lost.
     *
     * @return the end of the process; fails with {@link QemuProcessException} if it still exists after ten seconds
     */
    public CompletableFuture<QemuExit> kill() {
        return delivered(killNow());
    }

    private CompletableFuture<QemuExit> killNow() {
        handle.destroyForcibly();
        return endsWithin(killLimit).thenCompose(gone -> {
            if (gone) {
                return exit;
            }
            return CompletableFuture.failedFuture(new QemuProcessException(
                    client.name() + ": process " + pid() + " still exists " + killLimit.toSeconds()
                            + " s after SIGKILL; it waits in the kernel, or belongs to another user",
                    null));
        });
    }

    /**
     * Stops a started process as {@link #stop()} does, and waits for its end. If the thread is interrupted, the process
     * is killed at once, and the thread stays interrupted. On an adopted process, the call has no effect.
     *
     * @throws QemuProcessException if the process cannot be ended
     * @throws IllegalStateException on an event loop, where waiting would stall connections
     */
    @Override
    public void close() {
        if (owned == null) {
            return;
        }
        EventLoopWaits.refuse("stop()");
        try {
            stopInSteps(QUIT_LIMIT, TERMINATE_LIMIT).get();
        } catch (InterruptedException e) {
            handle.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new QemuProcessException(client.name() + ": process " + pid() + " was not ended", e.getCause());
        }
    }

    /**
     * Completes a future on the callback executor, with failures unwrapped. The steps before it do not run there, so
     * {@link #close()} also works on the only thread of that executor.
     */
    private <T> CompletableFuture<T> delivered(CompletableFuture<T> steps) {
        return TaskSource.unwrapped(steps, client.callbackExecutor());
    }

    // ------------------------------------------------------------------ after the end of the process

    /** Waits for the end of the session, whose last bytes can arrive after the end of the process. */
    private CompletableFuture<?> sessionEnded() {
        return runstateIsIn(EnumSet.of(Runstate.IDLE, Runstate.CONNECTING));
    }

    /**
     * Checks the runstate with growing pauses, for five seconds at most. A listener would need the callback executor,
     * whose threads may all wait for this process.
     */
    private CompletableFuture<?> runstateIsIn(Set<Runstate> awaited) {
        CompletableFuture<@Nullable Void> reached = new CompletableFuture<>();
        look(awaited, reached, 1);
        return reached.completeOnTimeout(null, SESSION_END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look(Set<Runstate> awaited, CompletableFuture<@Nullable Void> reached, long pauseMillis) {
        if (awaited.contains(client.runstate())) {
            reached.complete(null);
        } else if (!reached.isDone()) {
            ProcessThreads.after(pauseMillis, TimeUnit.MILLISECONDS)
                    .execute(() -> look(awaited, reached, 2 * pauseMillis));
        }
    }

    private CompletableFuture<QemuExit> release() {
        if (owned == null) {
            return CompletableFuture.completedFuture(
                    new QemuExit(null, client.status().lastEnd(), ""));
        }
        String output = owned.files().lastOutput(MAX_OUTPUT);
        lastOutput = output;
        QemuExit known =
                new QemuExit(owned.process().exitValue(), client.status().lastEnd(), output);
        logger.info("{}: QEMU has ended, {}", client.name(), known.description());
        owned.files().delete();
        OwnedProcesses.instance().remove(owned);
        client.disconnect();
        return runstateIsIn(EnumSet.of(Runstate.IDLE))
                .thenApplyAsync(
                        none -> {
                            client.close();
                            return known;
                        },
                        ProcessThreads.now());
    }

    @Override
    public String toString() {
        return "QemuProcess[" + client.name() + ", process " + pid() + (owned == null ? ", adopted]" : "]");
    }
}
