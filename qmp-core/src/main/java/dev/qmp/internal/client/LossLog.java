package dev.qmp.internal.client;

import dev.qmp.internal.engine.LineLimit;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
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
    private final LineLimit limit;
    /** Runs a task when the pause is over. */
    private final Executor afterPause;

    LossLog(Logger logger) {
        this(logger, System::nanoTime, CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    }

    LossLog(Logger logger, LongSupplier nanoTime, Executor afterPause) {
        this.logger = logger;
        this.limit = new LineLimit(PAUSE, nanoTime);
        this.afterPause = afterPause;
    }

    void add(long lost) {
        long sum = limit.admit(lost);
        if (sum > 0) {
            logger.warn("{} events were lost, because a callback or a subscriber was too slow", sum);
            afterPause.execute(() -> add(0));
        }
    }
}
