package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.LineLimit;
import dev.qmp.internal.engine.LoopScheduler;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Logs whether there is a session, and why not: one line for each state. A line that follows the last one of its level
 * too soon is delayed, and logged only if it is still true then. So a server that restarts repeatedly does not fill the
 * log, and the last line is never wrong for long. Dropped lines are not counted, because the status has the numbers of
 * attempts. Used on the event loop.
 */
@BottomHalf
final class ConnectionLog {

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Logger logger;
    private final LoopScheduler scheduler;
    private final LineLimit infos;
    private final LineLimit warnings;
    private @Nullable String lastWritten;
    private @Nullable Cancellable waiting;

    ConnectionLog(Logger logger, LoopScheduler scheduler, LongSupplier nanoTime) {
        this.logger = logger;
        this.scheduler = scheduler;
        this.infos = new LineLimit(PAUSE, nanoTime);
        this.warnings = new LineLimit(PAUSE, nanoTime);
    }

    /**
     * Logs a connection. It is logged again after each session, because another class has logged the end of that
     * session.
     */
    void connected() {
        scheduler.assertOnLoop();
        log(Level.INFO, "Connected");
    }

    /**
     * Logs a failed attempt or the end of a session, once for each reason.
     *
     * @param expected whether the machine was shut down in good order, so that the line needs no action
     */
    void notConnected(String why, boolean expected) {
        scheduler.assertOnLoop();
        String line = "Not connected, trying again: " + why;
        if (line.equals(lastWritten)) {
            dropDelayed();
            logger.debug(line);
        } else {
            log(expected ? Level.INFO : Level.WARN, line);
        }
    }

    void stopped(String why) {
        scheduler.assertOnLoop();
        logger.error("Not trying again: {}", why);
    }

    /** Forgets the last line, and drops a delayed one. */
    void forget() {
        scheduler.assertOnLoop();
        dropDelayed();
        lastWritten = null;
    }

    private void log(Level level, String line) {
        dropDelayed();
        LineLimit limit = level == Level.INFO ? infos : warnings;
        if (limit.admit(1) > 0) {
            lastWritten = line;
            logger.atLevel(level).log(line);
        } else {
            logger.debug(line);
            waiting = scheduler.schedule(limit.remaining(), () -> delayed(level, line));
        }
    }

    private void delayed(Level level, String line) {
        waiting = null;
        log(level, line);
    }

    private void dropDelayed() {
        Cancellable delayed = waiting;
        waiting = null;
        if (delayed != null) {
            delayed.cancel();
        }
    }
}
