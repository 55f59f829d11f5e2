package dev.qmp.internal.engine;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Decides when a log line is due: the first one at once, and then at most one in each pause. It adds up what the lines
 * between them would have reported, so that the next line can have the sum.
 *
 * <p>Thread safety: any thread may use it. Each amount is returned once, to one of the callers.
 */
public final class LineLimit {

    private final long pause;
    private final LongSupplier nanoTime;
    private long lastTime;
    private long heldBack;

    /** Creates a limit on the system's clock. */
    public LineLimit(Duration pause) {
        this(pause, System::nanoTime);
    }

    /** Creates a limit on a clock such as {@link System#nanoTime()}. */
    public LineLimit(Duration pause, LongSupplier nanoTime) {
        this.pause = pause.toNanos();
        this.nanoTime = nanoTime;
        this.lastTime = nanoTime.getAsLong() - this.pause; // so the first line is due at once
    }

    /**
     * {@return the amount that the caller reports in a line now; 0 if no line is due} It is the given amount and all
     * that was held back since the last line. If no line is due, the given amount is held back, too.
     *
     * @param amount what there is to report. At the end of a pause, 0 asks for what was held back
     */
    public synchronized long admit(long amount) {
        long now = nanoTime.getAsLong();
        heldBack += amount;
        if (heldBack == 0 || remainingAt(now) > 0) {
            return 0;
        }
        lastTime = now;
        long due = heldBack;
        heldBack = 0;
        return due;
    }

    /**
     * Logs a line if one is due, with the number of those before it that were held back. Otherwise the line is logged
     * at DEBUG.
     */
    public void log(Logger logger, Level level, String format, Object... arguments) {
        long lines = admit(1);
        String others = lines > 1 ? "; " + (lines - 1) + " others before it" : "";
        logger.atLevel(lines > 0 ? level : Level.DEBUG).log(format + others, arguments);
    }

    /** {@return the time until the end of the pause; zero if a line is due now} */
    public synchronized Duration remaining() {
        return Duration.ofNanos(remainingAt(nanoTime.getAsLong()));
    }

    private long remainingAt(long now) {
        return Math.max(pause - (now - lastTime), 0);
    }
}
