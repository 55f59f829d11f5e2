package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Logs whether there is a session, and why not: one line for each state. A line that follows the last one of its level
 * too soon is delayed, and logged only if it is still true then. So a server that restarts repeatedly does not fill the
 * log, and the last line is never wrong for long. Used on the event loop.
 */
@BottomHalf
final class ConnectionLog {

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Logger logger;
    private final Scheduler scheduler;
    private final LongSupplier nanoTime;
    /** When the next line of a level may be written, by the clock. */
    private long nextInfo;

    private long nextWarning;
    private @Nullable String lastWritten;
    private @Nullable Cancellable waiting;

    ConnectionLog(Logger logger, Scheduler scheduler, LongSupplier nanoTime) {
        this.logger = logger;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.nextInfo = nanoTime.getAsLong();
        this.nextWarning = nextInfo;
    }

    /**
     * Logs a connection. It is logged again after each session, because another class has logged the end of that
     * session.
     */
    void connected() {
        log(Level.INFO, "Connected");
    }

    /**
     * Logs a failed attempt or the end of a session, once for each reason.
     *
     * @param expected whether the machine was shut down in good order, so that the line needs no action
     */
    void notConnected(String why, boolean expected) {
        String line = "Not connected, trying again: " + why;
        if (line.equals(lastWritten)) {
            dropDelayed();
            logger.debug(line);
        } else {
            log(expected ? Level.INFO : Level.WARN, line);
        }
    }

    void stopped(String why) {
        logger.error("Not trying again: {}", why);
    }

    /** Forgets the last line, and drops a delayed one. */
    void forget() {
        dropDelayed();
        lastWritten = null;
    }

    private void log(Level level, String line) {
        dropDelayed();
        Duration rest = restOfPause(level);
        if (rest.isZero()) {
            write(level, line);
            return;
        }
        logger.debug(line);
        waiting = scheduler.schedule(rest, () -> {
            waiting = null;
            write(level, line);
        });
    }

    private Duration restOfPause(Level level) {
        long next = level == Level.INFO ? nextInfo : nextWarning;
        return Duration.ofNanos(Math.max(next - nanoTime.getAsLong(), 0));
    }

    private void write(Level level, String line) {
        lastWritten = line;
        long next = nanoTime.getAsLong() + PAUSE.toNanos();
        if (level == Level.INFO) {
            nextInfo = next;
        } else {
            nextWarning = next;
        }
        logger.atLevel(level).log(line);
    }

    private void dropDelayed() {
        Cancellable delayed = waiting;
        waiting = null;
        if (delayed != null) {
            delayed.cancel();
        }
    }
}
