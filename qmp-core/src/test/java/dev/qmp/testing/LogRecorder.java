package dev.qmp.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Records what is logged under a name, at every level, until closed. */
public final class LogRecorder extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final Logger logger;
    private final Level before;

    private LogRecorder(String name) {
        this.logger = (Logger) LoggerFactory.getLogger(name);
        this.before = logger.getLevel();
    }

    /** {@return a recorder that is listening} */
    public static LogRecorder of(String loggerName) {
        LogRecorder recorder = new LogRecorder(loggerName);
        recorder.start();
        recorder.logger.setLevel(Level.TRACE);
        recorder.logger.addAppender(recorder);
        return recorder;
    }

    @Override
    protected void append(ILoggingEvent event) {
        events.add(event);
    }

    /** {@return the texts logged at a level, in order} */
    public List<String> at(Level level) {
        return events.stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** {@return everything that was logged, at any level, with the traces} */
    public List<String> everything() {
        return events.stream()
                .map(event -> event.getFormattedMessage()
                        + (event.getThrowableProxy() == null
                                ? ""
                                : "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy())))
                .toList();
    }

    /** {@return whether something of a level came with a trace} */
    public boolean hasTraceAt(Level level) {
        return events.stream().anyMatch(event -> event.getLevel() == level && event.getThrowableProxy() != null);
    }

    @Override
    public void close() {
        logger.detachAppender(this);
        logger.setLevel(before);
        stop();
    }
}
