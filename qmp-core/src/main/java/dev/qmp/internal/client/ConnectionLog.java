package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Tells an operator whether there is a session, and why not: one line for each state of affairs. One that follows the
 * last of its level too soon has to wait, and is written only if it is still true then: so a server that comes and goes
 * does not fill the log, and the log's last word is never wrong for long. Lives on the event loop.
 */
@BottomHalf
final class ConnectionLog {

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Logger logger;
    private final Scheduler scheduler;
    private final LongSupplier nanoTime;
    private final Map<Level, Long> lastTimes = new EnumMap<>(Level.class);
    private @Nullable String lastWritten;
    private @Nullable Cancellable waiting;

    ConnectionLog(Logger logger, Scheduler scheduler, LongSupplier nanoTime) {
        this.logger = logger;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
    }

    /** Said again even if it was the last word: there was an end of the session in between, which others have told. */
    void connected() {
        say(Level.INFO, "Connected");
    }

    void notConnected(String why) {
        String line = "Not connected, trying again: " + why;
        if (line.equals(lastWritten)) {
            takeBack();
            logger.debug(line);
        } else {
            say(Level.WARN, line);
        }
    }

    void gaveUp(String why) {
        logger.error("Not trying again: {}", why);
    }

    /** What was said does not hold any more, and what was about to be said does not either. */
    void forget() {
        takeBack();
        lastWritten = null;
    }

    private void say(Level level, String line) {
        takeBack();
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
        Long last = lastTimes.get(level);
        long rest = last == null ? 0 : PAUSE.toNanos() - (nanoTime.getAsLong() - last);
        return Duration.ofNanos(Math.max(rest, 0));
    }

    private void write(Level level, String line) {
        lastWritten = line;
        lastTimes.put(level, nanoTime.getAsLong());
        logger.atLevel(level).log(line);
    }

    private void takeBack() {
        Cancellable untold = waiting;
        waiting = null;
        if (untold != null) {
            untold.cancel();
        }
    }
}
