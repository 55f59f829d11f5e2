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
    @SuppressWarnings("NullAway") // SLF4J accepts null for "no cause" and "no arguments"
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            String message,
            Object @Nullable [] arguments,
            @Nullable Throwable cause) {
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
        return logger.isTraceEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return logger.isDebugEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return logger.isInfoEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return logger.isWarnEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
        return logger.isErrorEnabled();
    }
}
