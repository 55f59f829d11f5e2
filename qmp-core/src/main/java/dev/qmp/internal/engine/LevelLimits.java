package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Limits lines of a log that a server can cause as often as it likes: after a line, further ones of its level are
 * logged at DEBUG for five seconds. The owner lasts over sessions, because a server can also end them as often.
 */
@BottomHalf
public final class LevelLimits {

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;
    /** Null before the first line. */
    private @Nullable Map<Level, LineLimit> limits;

    /** Creates limits on a clock such as {@link System#nanoTime()}. */
    public LevelLimits(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Logs a line at its level, or at DEBUG. */
    public void log(Logger logger, Level level, String format, Object... arguments) {
        Map<Level, LineLimit> ofLevels = limits == null ? new EnumMap<>(Level.class) : limits;
        limits = ofLevels;
        LineLimit limit = ofLevels.computeIfAbsent(level, any -> new LineLimit(PAUSE, nanoTime));
        logger.atLevel(limit.admit(1) > 0 ? level : Level.DEBUG).log(format, arguments);
    }
}
