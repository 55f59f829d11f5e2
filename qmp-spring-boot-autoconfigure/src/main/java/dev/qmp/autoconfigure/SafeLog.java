package dev.qmp.autoconfigure;

import dev.qmp.message.InternalApi;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A log that never throws. A logging library can throw, for example because of a full disk. Then the line is lost, and
 * the caller goes on: a stop must end, and an event must reach all its listeners.
 */
@InternalApi
public final class SafeLog {

    private final Log delegate;

    private SafeLog(Log delegate) {
        this.delegate = delegate;
    }

    /** {@return the log of a class} */
    public static SafeLog of(Class<?> owner) {
        return new SafeLog(LogFactory.getLog(owner));
    }

    private static void write(Runnable line) {
        try {
            line.run();
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }

    /** Logs a message at ERROR. */
    public void error(String message) {
        write(() -> delegate.error(message));
    }

    /** Logs a message at ERROR with a stack trace, or without one if the failure is null. */
    public void error(String message, @Nullable Throwable failure) {
        write(() -> delegate.error(message, failure));
    }

    /** Logs a message at WARN. */
    public void warn(String message) {
        write(() -> delegate.warn(message));
    }

    /** Logs a message at WARN with a stack trace, or without one if the failure is null. */
    public void warn(String message, @Nullable Throwable failure) {
        write(() -> delegate.warn(message, failure));
    }

    /** Logs a message at INFO. */
    public void info(String message) {
        write(() -> delegate.info(message));
    }

    /** Logs a message at INFO with a stack trace, or without one if the failure is null. */
    public void info(String message, @Nullable Throwable failure) {
        write(() -> delegate.info(message, failure));
    }

    /** Logs a message at DEBUG. */
    public void debug(String message) {
        write(() -> delegate.debug(message));
    }

    /** Logs a message at DEBUG with a stack trace, or without one if the failure is null. */
    public void debug(String message, @Nullable Throwable failure) {
        write(() -> delegate.debug(message, failure));
    }
}
