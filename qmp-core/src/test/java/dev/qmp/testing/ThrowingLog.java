package dev.qmp.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/** Lets a logging library throw, as some do at a full disk: each call of some loggers, until it is closed. */
public final class ThrowingLog extends TurboFilter implements AutoCloseable {

    private final LoggerContext system = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final List<String> loggers;
    private final List<String> lost = new CopyOnWriteArrayList<>();

    private ThrowingLog(List<String> loggers) {
        this.loggers = loggers;
    }

    /** Lets the loggers throw whose names begin so. */
    public static ThrowingLog install(String... loggers) {
        ThrowingLog log = new ThrowingLog(List.of(loggers));
        log.system.addTurboFilter(log);
        return log;
    }

    /** {@return the formats of the calls that have thrown} */
    public List<String> lost() {
        return lost;
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable cause) {
        if (loggers.stream().anyMatch(logger.getName()::startsWith)) {
            lost.add(String.valueOf(format));
            throw new IllegalStateException("no space left on the device");
        }
        return FilterReply.NEUTRAL;
    }

    @Override
    public void close() {
        system.getTurboFilterList().remove(this);
    }
}
