package dev.qmp.internal.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Logs the events that callbacks and subscribers have lost: the first loss at once, and later ones as a sum when ten
 * seconds have passed, even if no further event is lost.
 *
 * <p>Thread safety: any thread may use it. Sums are logged on a thread of the common pool, never on an event loop.
 */
final class LossLog {

    static final Duration PAUSE = Duration.ofSeconds(10);

    private final Logger logger;
    /** Runs a task when the pause is over. */
    private final Executor afterPause;

    /** The losses that are not logged yet. */
    private long heldBack;

    private boolean paused;

    LossLog(Logger logger) {
        this(logger, CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    }

    LossLog(Logger logger, Executor afterPause) {
        this.logger = logger;
        this.afterPause = afterPause;
    }

    synchronized void add(long lost) {
        heldBack += lost;
        if (!paused) {
            write();
        }
    }

    private void write() {
        logger.warn("{} events were lost, because a callback or a subscriber was too slow", heldBack);
        heldBack = 0;
        paused = true;
        afterPause.execute(this::pauseEnded);
    }

    private synchronized void pauseEnded() {
        paused = false;
        if (heldBack > 0) {
            write();
        }
    }
}
