package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.Text;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.SessionOutcome;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Logs one line for each session that ended: how, and after which time. The outcome decides the level: INFO if the end
 * was orderly, otherwise WARN. For a protocol without outcomes, a close by the peer is logged at INFO, and a failure at
 * ERROR. After a line, further ones of its level are logged at DEBUG for five seconds. So a server that restarts
 * repeatedly does not fill the log.
 */
@BottomHalf
final class SessionEndLog {

    private final Logger logger;
    private final LongSupplier nanoTime;
    /** Null before the first line. */
    private @Nullable LevelLimits limits;

    SessionEndLog(Logger logger, LongSupplier nanoTime) {
        this.logger = logger;
        this.nanoTime = nanoTime;
    }

    void ended(@Nullable SessionOutcome outcome, @Nullable Throwable cause, Duration length) {
        if (outcome != null) {
            log(
                    outcome.isOrderly() ? Level.INFO : Level.WARN,
                    "The session ended after " + text(length) + ": " + outcome.description());
        } else if (cause != null && isEndOfStream(cause)) {
            log(Level.INFO, "The session ended: " + cause.getMessage());
        } else if (cause != null) {
            log(Level.ERROR, "The session failed: " + cause.getClass().getSimpleName() + ": " + Text.messageOf(cause));
        }
        boolean orderly = outcome != null && outcome.isOrderly();
        if (cause != null && !orderly && !isEndOfStream(cause)) {
            logger.debug("Stack trace of the failure", cause);
        }
    }

    private static boolean isEndOfStream(Throwable cause) {
        return cause instanceof ConnectionLostException lost && lost.isEndOfStream();
    }

    /** {@return a duration such as {@code 3h2m5s}, with milliseconds below a minute} */
    private static String text(Duration length) {
        boolean isShort = length.compareTo(Duration.ofMinutes(1)) < 0;
        Duration rounded = length.truncatedTo(isShort ? ChronoUnit.MILLIS : ChronoUnit.SECONDS);
        return rounded.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
    }

    private void log(Level level, String line) {
        LevelLimits present = limits != null ? limits : new LevelLimits(nanoTime);
        limits = present;
        present.log(logger, level, "{}", line);
    }
}
