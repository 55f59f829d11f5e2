package dev.qmp.sample.machine.qemu;

import dev.qmp.process.QemuExit;
import dev.qmp.process.QemuLauncher;
import dev.qmp.process.QemuProcess;
import dev.qmp.process.QemuProcessException;
import dev.qmp.process.QemuStartException;
import dev.qmp.process.QemuStartException.Reason;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a QEMU, and starts it again whenever it crashes or is killed. A QEMU that ends soon after each start stays off
 * after the sixth start. One thread for each machine; {@link #stop()} interrupts it.
 */
final class QemuKeeper {

    private static final Logger logger = LoggerFactory.getLogger(QemuKeeper.class);
    /** Before the first new start; doubled each time a machine ends soon again. */
    private static final Duration PAUSE = Duration.ofMillis(500);

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int MOST_STARTS = 6;

    private final String name;
    private final QemuLauncher launcher;
    private final Duration firstPause;
    private final Thread thread;
    private volatile @Nullable String problem;

    private QemuKeeper(String name, QemuLauncher launcher, Duration firstPause) {
        this.name = name;
        this.launcher = launcher;
        this.firstPause = firstPause;
        this.thread = new Thread(this::keep, name + "-qemu");
        this.thread.setDaemon(true);
    }

    static QemuKeeper start(String name, QemuLauncher launcher) {
        return start(name, launcher, PAUSE);
    }

    static QemuKeeper start(String name, QemuLauncher launcher, Duration firstPause) {
        QemuKeeper keeper = new QemuKeeper(name, launcher, firstPause);
        keeper.thread.start();
        return keeper;
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** {@return why the machine stays off, null if it runs, will be started again, or has quit} */
    @Nullable
    String problem() {
        return problem;
    }

    /** Kills the process and waits for its end. It is not asked to quit: it may be frozen, and has nothing to save. */
    void stop() {
        thread.interrupt();
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
            int soonEnded = 0;
            while (true) {
                Run run = run();
                if (Objects.equals(run.exit().code(), 0)) {
                    return;
                }
                soonEnded++;
                if (run.time().compareTo(SOON) >= 0) {
                    soonEnded = 0;
                    pause = firstPause;
                }
                if (soonEnded == MOST_STARTS) {
                    stayOff("QEMU ended soon after its start " + MOST_STARTS + " times in a row: "
                            + run.exit().lastLine());
                    return;
                }
                logger.warn(
                        "{}: QEMU ended ({}), and is started again in {} ms; its last output: {}",
                        name,
                        run.exit().description(),
                        pause.toMillis(),
                        run.exit().lastLine());
                Thread.sleep(pause.toMillis());
                pause = pause.multipliedBy(2);
            }
        } catch (QemuProcessException e) {
            stayOff(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            logger.debug("{}: stopped", name, e);
        }
    }

    private void stayOff(String reason) {
        problem = reason;
        logger.error("{}: the machine stays off: {}", name, reason);
    }

    /**
     * Runs a QEMU from its start to its end.
     *
     * @throws QemuProcessException if it cannot be executed
     * @throws InterruptedException if this thread was interrupted; the process has been killed
     */
    private Run run() throws InterruptedException {
        QemuProcess process;
        try {
            process = launcher.startAndWait();
        } catch (QemuStartException e) {
            if (e.reason() == Reason.INTERRUPTED) {
                throw new InterruptedException(e.getMessage());
            }
            QemuExit exit = e.exit();
            if (exit == null) {
                throw e;
            }
            return new Run(exit, Duration.ZERO);
        }
        long started = System.nanoTime();
        try {
            return new Run(process.onExit().get(), Duration.ofNanos(System.nanoTime() - started));
        } catch (InterruptedException e) {
            killed(process);
            throw e;
        } catch (ExecutionException e) {
            throw new QemuProcessException("the end of the process is not known", e);
        }
    }

    private void killed(QemuProcess process) {
        try {
            process.kill().join();
        } catch (CompletionException e) {
            logger.error("{}: QEMU still runs", name, e.getCause());
        }
    }

    /**
     * One run of a QEMU.
     *
     * @param exit the end of its process
     * @param time the time from its session to its end; zero if there was no session
     */
    private record Run(QemuExit exit, Duration time) {}
}
