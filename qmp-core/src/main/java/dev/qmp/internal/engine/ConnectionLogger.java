package dev.qmp.internal.engine;

import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The logger of a class that puts a connection's name before each message. Loggers never have names of connections.
 * Logging libraries keep every logger until the process ends, and the number of connections is not limited.
 *
 * <p>It never throws: a line whose logging fails is lost. So a fault of the logging library, or of an application's
 * filter or appender, cannot stop a connection within a change of its state.
 */
public final class ConnectionLogger extends LegacyAbstractLogger {

    private static final long serialVersionUID = 1L;

    private final transient Logger logger;
    private final String connection;

    private ConnectionLogger(Logger logger, String connection) {
        this.logger = logger;
        this.connection = Text.printable(connection);
        this.name = logger.getName();
    }

    /** {@return the logger of a class, for one connection} */
    public static Logger of(Class<?> owner, String connection) {
        return new ConnectionLogger(LoggerFactory.getLogger(owner), connection);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            String message,
            Object @Nullable [] arguments,
            @Nullable Throwable cause) {
        try {
            log(level, message, arguments, cause);
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }

    @SuppressWarnings("NullAway") // SLF4J accepts null for "no cause" and "no arguments"
    private void log(Level level, String message, Object @Nullable [] arguments, @Nullable Throwable cause) {
        LoggingEventBuilder event = logger.atLevel(level);
        if (cause != null) {
            event = event.setCause(cause);
        }
        event = event.addArgument(connection);
        if (arguments != null) {
            for (Object argument : arguments) {
                event = event.addArgument(argument);
            }
        }
        event.log("{}: " + message);
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }

    private boolean isEnabled(Level level) {
        try {
            return logger.isEnabledForLevel(level);
        } catch (Throwable e) {
            return false;
        }
    }
}
