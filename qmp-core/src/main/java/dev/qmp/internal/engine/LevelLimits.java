package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Limits lines of a log that a server can cause as often as it likes: after a line, further ones of its level are
 * logged at DEBUG for five seconds. The owner lasts over sessions, because a server can also end them as often. It
 * creates the limits before its first line, because a process has thousands of owners, and few such lines.
 */
@BottomHalf
public final class LevelLimits {

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;
    private final Map<Level, LineLimit> limits = new EnumMap<>(Level.class);

    /** Creates limits on a clock such as {@link System#nanoTime()}. */
    public LevelLimits(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Logs a line at its level, or at DEBUG. */
    public void log(Logger logger, Level level, String format, Object... arguments) {
        LineLimit limit = limits.computeIfAbsent(level, any -> new LineLimit(PAUSE, nanoTime));
        logger.atLevel(limit.admit(1) > 0 ? level : Level.DEBUG).log(format, arguments);
    }
}
