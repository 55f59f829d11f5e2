package dev.qmp.process;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running processes that this JVM has started. One shutdown hook ends them all, and one recurring task keeps their
 * outputs short.
 */
final class OwnedProcesses {

    private static final Logger logger = LoggerFactory.getLogger(OwnedProcesses.class);

    private static final long TERMINATE_MILLIS = 3000;
    private static final long KILL_MILLIS = 1000;
    private static final Executor IN_A_SECOND = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

    private static final OwnedProcesses INSTANCE = new OwnedProcesses();

    private final Set<Owned> running = new HashSet<>();
    private boolean hooked;
    private boolean exiting;
    private boolean trimming;
    private @Nullable List<String> prefix;

    /** A process, and the files that are removed after its end. */
    record Owned(Process process, MachineFiles files) {}

    private OwnedProcesses() {}

    static OwnedProcesses instance() {
        return INSTANCE;
    }

    /**
     * Starts a process. The lock ensures that the shutdown hook finds every process.
     *
     * @throws IOException if the system cannot run it
     * @throws IllegalStateException if the JVM is shutting down
     */
    synchronized Owned start(List<String> commandLine, MachineFiles files) throws IOException {
        if (exiting) {
            throw new IllegalStateException("the JVM is shutting down");
        }
        if (!hooked) {
            Runtime.getRuntime().addShutdownHook(new Thread(this::endAll, "qmp-process-shutdown"));
            hooked = true;
        }
        Process process = new ProcessBuilder(commandLine)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(files.output().toFile()))
                .start();
        process.getOutputStream().close();
        Owned owned = new Owned(process, files);
        running.add(owned);
        if (!trimming) {
            trimming = true;
            IN_A_SECOND.execute(this::trim);
        }
        return owned;
    }

    /** {@return the prefix of each command line; see {@link Programs#killedWithParent()}} */
    synchronized List<String> prefix() {
        if (prefix == null) {
            prefix = Programs.killedWithParent();
            if (prefix.isEmpty()) {
                logger.info(
                        "There is no setpriv with --pdeathsig: machines outlive this JVM if it is killed (SIGKILL)");
            }
        }
        return prefix;
    }

    synchronized void remove(Owned owned) {
        running.remove(owned);
    }

    private void trim() {
        List<Owned> all;
        synchronized (this) {
            all = List.copyOf(running);
            trimming = !all.isEmpty();
        }
        all.forEach(owned -> owned.files().trimOutput());
        if (!all.isEmpty()) {
            IN_A_SECOND.execute(this::trim);
        }
    }

    private void endAll() {
        List<Owned> all;
        synchronized (this) {
            exiting = true;
            all = List.copyOf(running);
        }
        all.forEach(owned -> owned.process().destroy());
        await(all, TERMINATE_MILLIS);
        all.forEach(owned -> owned.process().destroyForcibly());
        await(all, KILL_MILLIS);
        all.forEach(owned -> owned.files().delete());
    }

    private static void await(List<Owned> all, long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            for (Owned owned : all) {
                owned.process().waitFor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
