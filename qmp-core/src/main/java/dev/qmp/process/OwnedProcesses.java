package dev.qmp.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running processes that this JVM has started. One shutdown hook ends them all, each at the end of its grace. One
 * recurring task keeps their outputs short.
 */
final class OwnedProcesses {

    private static final Logger logger = LoggerFactory.getLogger(OwnedProcesses.class);

    private static final Duration TERMINATE_LIMIT = Duration.ofSeconds(3);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(1);
    private static final Duration RELEASE_LIMIT = Duration.ofSeconds(1);

    private static final OwnedProcesses INSTANCE = new OwnedProcesses();

    private final Set<Owned> running = new HashSet<>();
    private boolean hooked;
    private boolean exiting;
    private boolean trimming;
    private @Nullable List<String> prefix;

    /**
     * A process.
     *
     * @param name the name of its client
     * @param process the process
     * @param files removed after its end
     * @param grace the time to end by itself after the JVM has begun to shut down
     */
    record Owned(String name, Process process, MachineFiles files, Duration grace) {}

    /** A signal that the hook sends at a time after its start, if the process still runs then. */
    private record Step(Owned owned, long nanos, boolean kills) {}

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
    synchronized Owned start(String name, List<String> commandLine, MachineFiles files, Duration grace)
            throws IOException {
        if (exiting) {
            throw new IllegalStateException("the JVM is shutting down");
        }
        if (!hooked) {
            Runtime.getRuntime().addShutdownHook(ProcessThreads.create(this::shutDown, "qmp-process-shutdown"));
            hooked = true;
        }
        ProcessBuilder builder = new ProcessBuilder(commandLine)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(files.output().toFile()));
        try {
            Owned owned = new Owned(name, builder.start(), files, grace);
            running.add(owned);
            return owned;
        } catch (Error e) {
            // Java starts the process first, and a thread that waits for it second
            killChildWith(files);
            throw e;
        }
    }

    /** Kills the child process, if there is one, whose command line contains the private directory. */
    static void killChildWith(MachineFiles files) {
        ProcessHandle.current()
                .children()
                .filter(child -> Programs.commandLineOf(child).contains(files.toString()))
                .forEach(ProcessHandle::destroyForcibly);
    }

    /** Keeps the outputs short from now on. */
    synchronized void trimOutputs() {
        if (!trimming) {
            ProcessThreads.after(1, TimeUnit.SECONDS).execute(this::trim);
            trimming = true;
        }
    }

    /**
     * {@return the prefix of the next command line; see {@link Programs#killedWithParent()}} A probe that fails is
     * repeated for the next machine, because the system may have been short of processes or of time.
     */
    synchronized List<String> prefix() {
        if (prefix != null) {
            return prefix;
        }
        List<String> words = Programs.killedWithParent();
        if (words.isEmpty()) {
            logger.info("There is no setpriv on the PATH: machines outlive this JVM if it is killed (SIGKILL)");
        } else if (!Programs.works(words)) {
            logger.info(
                    "{} failed: the next machine outlives this JVM if it is killed (SIGKILL)", String.join(" ", words));
            return List.of();
        }
        prefix = words;
        return words;
    }

    /** Removes a process that has ended, after its exit is known and its files are deleted. */
    synchronized void remove(Owned owned) {
        running.remove(owned);
        notifyAll();
    }

    private void trim() {
        List<Owned> all;
        synchronized (this) {
            all = List.copyOf(running);
            trimming = !all.isEmpty();
        }
        try {
            all.forEach(owned -> owned.files().trimOutput());
        } finally { // nothing else would begin it again
            if (!all.isEmpty()) {
                ProcessThreads.after(1, TimeUnit.SECONDS).execute(this::trim);
            }
        }
    }

    // ------------------------------------------------------------------ the end of the JVM

    private void shutDown() {
        List<Owned> all;
        synchronized (this) {
            exiting = true;
            all = List.copyOf(running);
        }
        end(all);
        awaitRelease();
        all.forEach(owned -> owned.files().delete());
    }

    /**
     * Ends processes: at the end of its grace by {@code SIGTERM}, and three seconds later by {@code SIGKILL}. The steps
     * are in the order of their times. So each wait ends before the time of the next step, and a process that ends
     * earlier delays no other one. No other thread is needed, because an application may block them all. An interrupt
     * ends all waits.
     */
    static void end(Collection<Owned> all) {
        long began = System.nanoTime();
        List<Step> steps = new ArrayList<>();
        for (Owned owned : all) {
            steps.add(new Step(owned, owned.grace().toNanos(), false));
            steps.add(new Step(owned, owned.grace().plus(TERMINATE_LIMIT).toNanos(), true));
        }
        steps.sort(Comparator.comparingLong(Step::nanos));
        for (Step step : steps) {
            if (!endsWithin(step.owned(), step.nanos() - (System.nanoTime() - began))) {
                signal(step);
            }
        }
        long killed = System.nanoTime();
        for (Owned owned : all) {
            endsWithin(owned, KILL_LIMIT.toNanos() - (System.nanoTime() - killed));
        }
    }

    private static void signal(Step step) {
        Owned owned = step.owned();
        if (step.kills()) {
            owned.process().destroyForcibly();
            return;
        }
        owned.process().destroy();
        if (!owned.grace().isZero()) {
            logTermination(owned);
        }
    }

    /** Never throws, because the other processes must be ended, too. */
    private static void logTermination(Owned owned) {
        try {
            logger.warn(
                    "{}: process {} still runs {} ms after the JVM began to shut down, and is terminated",
                    owned.name(),
                    owned.process().pid(),
                    owned.grace().toMillis());
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }

    private static boolean endsWithin(Owned owned, long nanos) {
        try {
            return owned.process().waitFor(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !owned.process().isAlive();
        }
    }

    /** Waits until the exits of ended processes are known, because they contain the output, which is a file. */
    private synchronized void awaitRelease() {
        long began = System.nanoTime();
        running.removeIf(owned -> owned.process().isAlive());
        try {
            while (!running.isEmpty()) {
                long left = RELEASE_LIMIT.toNanos() - (System.nanoTime() - began);
                if (left <= 0) {
                    return;
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
