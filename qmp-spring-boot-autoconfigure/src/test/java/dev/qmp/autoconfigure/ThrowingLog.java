package dev.qmp.autoconfigure;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/** Lets a logging library throw, as some do at a full disk: each call of this starter's loggers, until it is closed. */
public final class ThrowingLog extends TurboFilter implements AutoCloseable {

    private final LoggerContext system = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final AtomicInteger thrown = new AtomicInteger();

    private ThrowingLog() {}

    /** Lets the calls throw from now on. */
    public static ThrowingLog install() {
        ThrowingLog log = new ThrowingLog();
        log.system.addTurboFilter(log);
        return log;
    }

    /** {@return the number of calls that have thrown} */
    public int thrown() {
        return thrown.get();
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable cause) {
        if (logger.getName().startsWith("dev.qmp.autoconfigure")
                || logger.getName().startsWith("dev.qmp.spring")) {
            thrown.incrementAndGet();
            throw new IllegalStateException("no space left on the device");
        }
        return FilterReply.NEUTRAL;
    }

    @Override
    public void close() {
        system.getTurboFilterList().remove(this);
    }
}
