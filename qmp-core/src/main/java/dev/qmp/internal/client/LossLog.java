package dev.qmp.internal.client;

import java.time.Duration;
import org.slf4j.Logger;

/**
 * Writes to the log what was lost by those who are told of events only: at once, and then summed up, once in a while.
 * Thread-safe.
 */
final class LossLog {

    private static final long PAUSE = Duration.ofSeconds(10).toNanos();

    private final Logger logger;
    private long untold;
    private long lastTime = System.nanoTime() - PAUSE;

    LossLog(Logger logger) {
        this.logger = logger;
    }

    synchronized void add(long lost) {
        untold += lost;
        long now = System.nanoTime();
        if (now - lastTime >= PAUSE) {
            lastTime = now;
            logger.warn("{} events were lost, because a callback or a subscriber was too slow", untold);
            untold = 0;
        }
    }
}
