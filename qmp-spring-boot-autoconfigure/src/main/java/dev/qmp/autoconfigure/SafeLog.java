package dev.qmp.autoconfigure;

import dev.qmp.message.InternalApi;
import java.util.function.BooleanSupplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * A log that never throws. A logging library can throw, for example because of a full disk. Then the line is lost, and
 * the caller goes on: a stop must end, and an event must reach all its listeners.
 */
@InternalApi
public final class SafeLog implements Log {

    private final Log delegate;

    private SafeLog(Log delegate) {
        this.delegate = delegate;
    }

    /** {@return the log of a class} */
    public static Log of(Class<?> owner) {
        return new SafeLog(LogFactory.getLog(owner));
    }

    private static void write(Runnable line) {
        try {
            line.run();
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }

    private static boolean isEnabled(BooleanSupplier level) {
        try {
            return level.getAsBoolean();
        } catch (Throwable e) {
            return false;
        }
    }

    @Override
    public boolean isFatalEnabled() {
        return isEnabled(delegate::isFatalEnabled);
    }

    @Override
    public void fatal(Object message) {
        write(() -> delegate.fatal(message));
    }

    @Override
    public void fatal(Object message, Throwable failure) {
        write(() -> delegate.fatal(message, failure));
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(delegate::isErrorEnabled);
    }

    @Override
    public void error(Object message) {
        write(() -> delegate.error(message));
    }

    @Override
    public void error(Object message, Throwable failure) {
        write(() -> delegate.error(message, failure));
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(delegate::isWarnEnabled);
    }

    @Override
    public void warn(Object message) {
        write(() -> delegate.warn(message));
    }

    @Override
    public void warn(Object message, Throwable failure) {
        write(() -> delegate.warn(message, failure));
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(delegate::isInfoEnabled);
    }

    @Override
    public void info(Object message) {
        write(() -> delegate.info(message));
    }

    @Override
    public void info(Object message, Throwable failure) {
        write(() -> delegate.info(message, failure));
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(delegate::isDebugEnabled);
    }

    @Override
    public void debug(Object message) {
        write(() -> delegate.debug(message));
    }

    @Override
    public void debug(Object message, Throwable failure) {
        write(() -> delegate.debug(message, failure));
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(delegate::isTraceEnabled);
    }

    @Override
    public void trace(Object message) {
        write(() -> delegate.trace(message));
    }

    @Override
    public void trace(Object message, Throwable failure) {
        write(() -> delegate.trace(message, failure));
    }
}
