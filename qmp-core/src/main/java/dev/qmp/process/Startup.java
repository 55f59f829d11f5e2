package dev.qmp.process;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import dev.qmp.process.QemuStartException.Reason;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One start of one QEMU. The first of these events decides: a session, the end of the process, the timeout, a
 * cancellation. If a start fails, its future completes after the process has ended.
 */
final class Startup {

    private static final long FIRST_PAUSE_MILLIS = 10;
    private static final long LONGEST_PAUSE_MILLIS = 250;
    private static final long KILL_SECONDS = 10;

    private final QemuLauncher launcher;
    private final Executor starter;
    private final CompletableFuture<QemuProcess> result = new CompletableFuture<>();

    private @Nullable QemuProcess machine;
    private @Nullable CompletableFuture<Void> attempt;
    private @Nullable Reason failure;
    private @Nullable Throwable cause;
    private boolean over;

    /**
     * Creates a start.
     *
     * @param starter runs the start of the process
     */
    Startup(QemuLauncher launcher, Executor starter) {
        this.launcher = launcher;
        this.starter = starter;
    }

    CompletableFuture<QemuProcess> begin() {
        MachineFiles files;
        QmpClient client;
        try {
            files = MachineFiles.create(launcher.directory());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(QemuStartException.notExecuted(
                    launcher.program(), "its private directory cannot be used: " + Text.messageOf(e), e));
        }
        try {
            QmpClientBuilder builder = QmpClient.builder(Endpoint.unix(files.socket()));
            launcher.applyTo(builder);
            client = builder.build();
        } catch (RuntimeException | Error e) {
            files.delete();
            throw e;
        }
        result.whenComplete((started, refusal) -> {
            if (refusal != null) {
                end(null, null);
            }
        });
        try {
            ProcessThreads.after(launcher.startTimeout().toNanos(), TimeUnit.NANOSECONDS)
                    .execute(() -> end(Reason.TIMED_OUT, null));
            starter.execute(() -> spawn(files, client));
        } catch (RuntimeException | Error e) { // there may be no thread left
            files.delete();
            client.close();
            throw e;
        }
        return result;
    }

    private void spawn(MachineFiles files, QmpClient client) {
        OwnedProcesses.Owned owned = null;
        try {
            if (result.isDone() || isOver()) {
                throw new QemuStartException(
                        Reason.TIMED_OUT, client.name() + " was not started in " + launcher.startTimeout(), null, null);
            }
            owned = OwnedProcesses.instance()
                    .start(client.name(), commandLine(files), files, launcher.jvmShutdownGrace());
            follow(owned, client);
        } catch (Throwable e) {
            if (owned == null) {
                refuse(files, client, notExecuted(client, e));
            } else {
                abandon(owned, client, e);
            }
        }
    }

    private void follow(OwnedProcesses.Owned owned, QmpClient client) throws IOException {
        owned.process().getOutputStream().close();
        OwnedProcesses.instance().trimOutputs();
        QemuProcess spawned = QemuProcess.started(owned, client);
        spawned.onExit().thenAccept(this::exited);
        if (accept(spawned)) {
            connect(spawned, FIRST_PAUSE_MILLIS);
        } else {
            kill(spawned);
        }
    }

    private static QmpException notExecuted(QmpClient client, Throwable e) {
        return e instanceof QmpException known
                ? known
                : QemuStartException.notExecuted(client.name(), Text.messageOf(e), e);
    }

    /** Kills a process that cannot be followed. {@link #exited} leaves the outcome to {@link #refuse}. */
    private void abandon(OwnedProcesses.Owned owned, QmpClient client, Throwable e) {
        synchronized (this) {
            over = true;
            failure = null;
        }
        owned.process().destroyForcibly();
        owned.process().onExit().orTimeout(KILL_SECONDS, TimeUnit.SECONDS).whenComplete((process, problem) -> {
            if (problem == null) {
                OwnedProcesses.instance().remove(owned);
            }
            refuse(owned.files(), client, notFollowed(owned, e));
        });
    }

    private static QmpException notFollowed(OwnedProcesses.Owned owned, Throwable e) {
        String process = owned.name() + ": process " + owned.process().pid();
        String reason = " could not be followed: " + Text.messageOf(e);
        return owned.process().isAlive()
                ? new QemuProcessException(
                        process + " still exists " + KILL_SECONDS + " s after SIGKILL, and" + reason, e)
                : new QemuStartException(Reason.NO_SESSION, process + " was killed, because it" + reason, null, e);
    }

    /** Completes the start with its failure after the end of the process, if there was one. */
    private void refuse(MachineFiles files, QmpClient client, QmpException refusal) {
        try {
            client.close();
            files.delete();
            client.callbackExecutor().execute(() -> result.completeExceptionally(refusal));
        } catch (Throwable e) {
            refusal.addSuppressed(e);
            result.completeExceptionally(refusal);
        }
    }

    private List<String> commandLine(MachineFiles files) throws IOException {
        Path program = Programs.find(launcher.program())
                .orElseThrow(() -> new IOException("there is no program " + Text.printableSentence(launcher.program())
                        + " on the PATH; install QEMU (Debian: qemu-system-x86), or give the program's path"));
        List<String> line = new ArrayList<>(OwnedProcesses.instance().prefix());
        if (!launcher.jvmShutdownGrace().isZero()) {
            line.addAll(Programs.inOwnSession());
        }
        line.add(program.toString());
        line.addAll(launcher.arguments());
        line.addAll(files.monitorOptions());
        return line;
    }

    private synchronized boolean isOver() {
        return over;
    }

    private synchronized boolean accept(QemuProcess spawned) {
        machine = spawned;
        return !over;
    }

    private void connect(QemuProcess spawned, long pause) {
        CompletableFuture<Void> connecting = spawned.client().connect();
        synchronized (this) {
            attempt = connecting;
        }
        if (isOver()) {
            connecting.cancel(false);
        }
        connecting.whenComplete((none, problem) -> {
            if (problem == null) {
                connected(spawned);
            } else if (spawned.isAlive() && !isOver()) {
                failed(spawned, problem, pause);
            }
        });
    }

    /**
     * Handles a failed attempt. A QEMU that is just starting has no socket yet, does not listen on it, or greets twice.
     */
    private void failed(QemuProcess spawned, Throwable problem, long pause) {
        if (problem instanceof QmpConnectException refusal && refusal.isRetryable()) {
            ProcessThreads.after(pause, TimeUnit.MILLISECONDS)
                    .execute(() -> connect(spawned, Math.min(2 * pause, LONGEST_PAUSE_MILLIS)));
        } else {
            end(Reason.NO_SESSION, problem);
        }
    }

    private void connected(QemuProcess spawned) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
        }
        if (!result.complete(spawned)) {
            spawned.kill();
        }
    }

    /** Ends the start, unless it has ended. Without a reason, the caller has completed the future. */
    private void end(@Nullable Reason reason, @Nullable Throwable problem) {
        QemuProcess spawned;
        CompletableFuture<Void> connecting;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            failure = reason;
            cause = problem;
            spawned = machine;
            connecting = attempt;
        }
        if (connecting != null) {
            connecting.cancel(false);
        }
        if (spawned != null) {
            kill(spawned);
        }
    }

    /** Kills the process. Its end completes the start, or else the failure of the kill. */
    private void kill(QemuProcess spawned) {
        spawned.kill().whenComplete((exit, refusal) -> {
            if (refusal != null) {
                result.completeExceptionally(refusal);
            }
        });
    }

    private void exited(QemuExit exit) {
        Reason reason;
        Throwable problem;
        String name;
        synchronized (this) {
            reason = over ? failure : Reason.EXITED;
            problem = cause;
            over = true;
            name = machine == null ? launcher.program() : machine.client().name();
        }
        if (reason != null) {
            result.completeExceptionally(
                    new QemuStartException(reason, describe(name, reason, exit, problem), exit, problem));
        }
    }

    private String describe(String name, Reason reason, QemuExit exit, @Nullable Throwable problem) {
        return switch (reason) {
            case TIMED_OUT ->
                name + " had no session " + launcher.startTimeout().toMillis() + " ms after its start, and was killed";
            case NO_SESSION ->
                name + " runs, but its monitor cannot be used, and it was killed: "
                        + (problem == null ? "no cause" : Text.messageOf(problem));
            default -> name + " ended before there was a session (" + exit.description() + ")";
        };
    }
}
