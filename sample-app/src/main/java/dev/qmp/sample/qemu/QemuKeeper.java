package dev.qmp.sample.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that starts a QEMU process and stays with it to its end. It has to be one thread for all of that: the
 * kernel's "kill me when my parent dies" means the thread that made the process, not the whole JVM.
 */
final class QemuKeeper {

    private static final Logger logger = LoggerFactory.getLogger(QemuKeeper.class);
    /** Before the first new start; doubled each time a machine ends soon again. */
    private static final Duration PAUSE = Duration.ofMillis(500);

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int MOST_STARTS = 6;

    private final String name;
    private final List<String> commandLine;
    private final Duration firstPause;
    private final Thread thread;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private @Nullable Process process;
    private volatile @Nullable String lastLine;
    private volatile @Nullable String problem;

    private QemuKeeper(String name, List<String> commandLine, Duration firstPause) {
        this.name = name;
        this.commandLine = commandLine;
        this.firstPause = firstPause;
        this.thread = new Thread(this::keep, name + "-qemu");
        this.thread.setDaemon(true);
    }

    static QemuKeeper start(String name, List<String> commandLine) {
        return start(name, commandLine, PAUSE);
    }

    static QemuKeeper start(String name, List<String> commandLine, Duration firstPause) {
        QemuKeeper keeper = new QemuKeeper(name, commandLine, firstPause);
        keeper.thread.start();
        return keeper;
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** {@return why the machine stays off, null if it runs, comes back, or has quit} */
    @Nullable
    String problem() {
        return problem;
    }

    /** Kills the process rather than asking it to end: it may be frozen, and has nothing to save. */
    void stop() {
        stopping.countDown();
        synchronized (this) {
            if (process != null) {
                process.destroyForcibly();
            }
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep() {
        try {
            Duration pause = firstPause;
            for (int starts = 1; starts <= MOST_STARTS; starts++) {
                long started = System.nanoTime();
                int status = runOnce();
                if (status == 0 || isStopping()) {
                    return;
                }
                if (System.nanoTime() - started >= SOON.toNanos()) {
                    starts = 0;
                    pause = firstPause;
                }
                if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
                pause = pause.multipliedBy(2);
            }
            giveUp("QEMU ended soon after its start " + MOST_STARTS + " times in a row", null);
        } catch (IOException e) {
            giveUp("QEMU cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveUp(String reason, @Nullable Exception cause) {
        String said = cause != null ? cause.getMessage() : lastLine;
        problem = said == null ? reason : reason + ": " + said;
        logger.error("{}: {}; it stays off", name, reason, cause);
    }

    private int runOnce() throws IOException, InterruptedException {
        Process started;
        synchronized (this) {
            if (isStopping()) {
                return 0;
            }
            started = new ProcessBuilder(commandLine).redirectErrorStream(true).start();
            process = started;
        }
        logger.info("{}: QEMU runs as process {}", name, started.pid());
        relay(started);
        int status = started.waitFor();
        if (status != 0 && !isStopping()) {
            logger.warn("{}: QEMU ended with status {}", name, status);
        }
        return status;
    }

    private void relay(Process running) {
        try (BufferedReader output = running.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lastLine = line;
                logger.info("{}: {}", name, line);
            }
        } catch (IOException e) {
            // Killing a process closes its output; whether it is over, waitFor tells.
            logger.debug("{}: no more output", name, e);
        }
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }
}
