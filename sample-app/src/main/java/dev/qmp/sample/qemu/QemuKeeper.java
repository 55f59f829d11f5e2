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
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration AT_ONCE = Duration.ofMillis(500);
    private static final int CRASHES_AT_ONCE = 5;

    private final String name;
    private final List<String> commandLine;
    private final Thread thread;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private @Nullable Process process;

    private QemuKeeper(String name, List<String> commandLine) {
        this.name = name;
        this.commandLine = commandLine;
        this.thread = new Thread(this::keep, name + "-qemu");
        this.thread.setDaemon(true);
    }

    static QemuKeeper start(String name, List<String> commandLine) {
        QemuKeeper keeper = new QemuKeeper(name, commandLine);
        keeper.thread.start();
        return keeper;
    }

    boolean isAlive() {
        return thread.isAlive();
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
        int crashes = 0;
        try {
            while (crashes < CRASHES_AT_ONCE) {
                long started = System.nanoTime();
                if (runOnce() == 0 || isStopping()) {
                    return;
                }
                crashes = System.nanoTime() - started < AT_ONCE.toNanos() ? crashes + 1 : 0;
                if (stopping.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
            logger.error("{}: QEMU ended at once {} times in a row; it stays off", name, crashes);
        } catch (IOException e) {
            logger.error("{}: cannot run QEMU", name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
            logger.warn("{}: QEMU ended with status {}; it is started again", name, status);
        }
        return status;
    }

    private void relay(Process running) {
        try (BufferedReader output = running.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
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
