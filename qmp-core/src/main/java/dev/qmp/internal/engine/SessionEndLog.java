package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Tells why sessions ended: that the peer closed it at INFO, anything else at ERROR. After a line the next of its level has
 * to wait for a while, and is told at DEBUG meanwhile, so that a server that comes and goes does not fill the log.
 */
@BottomHalf
final class SessionEndLog {

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Logger logger;
    private final LongSupplier nanoTime;
    private final Map<Level, Long> lastTimes = new EnumMap<>(Level.class);

    SessionEndLog(Logger logger, LongSupplier nanoTime) {
        this.logger = logger;
        this.nanoTime = nanoTime;
    }

    void ended(Throwable cause) {
        if (cause instanceof ConnectionLostException lost && lost.isEndOfStream()) {
            say(Level.INFO, "The session ended: " + cause.getMessage());
        } else {
            say(Level.ERROR, "The session failed: " + cause.getClass().getSimpleName() + ": " + Causes.text(cause));
            logger.debug("Stack trace of the failure", cause);
        }
    }

    private void say(Level level, String line) {
        long now = nanoTime.getAsLong();
        Long last = lastTimes.get(level);
        if (last != null && now - last < PAUSE.toNanos()) {
            logger.debug(line);
        } else {
            lastTimes.put(level, now);
            logger.atLevel(level).log(line);
        }
    }
}
