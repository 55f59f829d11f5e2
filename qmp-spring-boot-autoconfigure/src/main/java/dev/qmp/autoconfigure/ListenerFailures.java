package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import dev.qmp.spring.QmpConnectionEvent;
import dev.qmp.spring.QmpListenerFailures;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.springframework.aop.support.AopUtils;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Counts and logs failures of listeners. The first failure of a kind is logged at once, with its stack trace.
 * Failures of the same kind within the next ten seconds are counted, and logged as one line after that time.
 */
final class ListenerFailures implements QmpListenerFailures, AutoCloseable {

    private static final SafeLog LOGGER = SafeLog.of(ListenerFailures.class);

    /** Bounds memory, because a machine may send arbitrary event names. */
    private static final int MAX_KINDS = 1000;

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final LimitedLog<Kind> log;

    ListenerFailures() {
        this(Duration.ofSeconds(10));
    }

    ListenerFailures(Duration pause) {
        this.log = new LimitedLog<>(
                pause,
                MAX_KINDS,
                new Kind("any connection", "any event", "any listener", "failures of many kinds"),
                (kind, held) ->
                        LOGGER.error(kind + " again, " + held + " more times within " + pause.toSeconds() + " s"));
    }

    /** Failures with equal kinds are counted together. */
    private record Kind(String connection, String event, String listener, String failure) {

        @Override
        public String toString() {
            return "The listener " + listener + " failed at " + event + " of QMP connection '" + connection + "' ("
                    + failure + ")";
        }
    }

    void add(QmpConnectionEvent event, ApplicationListener<?> listener, Throwable failure) {
        add(event, nameOf(listener), failure, "The event reaches the other listeners all the same.");
    }

    /** Adds a failure whose listener is unknown, because the multicaster has passed it on. */
    void add(QmpConnectionEvent event, Throwable failure) {
        add(
                event,
                "(unknown)",
                failure,
                "The event may not have reached other listeners, because a listener bean cannot be created, or because"
                        + " the bean applicationEventMulticaster, of this or of a parent context, is not that of this"
                        + " starter. Correct the listener, or give that bean an error handler.");
    }

    private void add(QmpConnectionEvent event, String listener, Throwable failure, String effect) {
        Kind kind = new Kind(
                Text.printable(event.getConnectionName()),
                Text.printable(event.getDescription()),
                listener,
                failure.getClass().getName());
        if (log.admit(kind, 1)) {
            LOGGER.error(kind + ". " + effect, failure);
        }
        // counted after its line was written or lost
        counts.computeIfAbsent(event.getConnectionName(), name -> new LongAdder())
                .increment();
    }

    private static String nameOf(ApplicationListener<?> listener) {
        if (listener instanceof SmartApplicationListener smart && StringUtils.hasText(smart.getListenerId())) {
            return smart.getListenerId(); // for an annotated method: its class, name and parameters
        }
        return ClassUtils.getUserClass(AopUtils.getTargetClass(listener)).getName();
    }

    @Override
    public long count(String connectionName) {
        LongAdder count = counts.get(connectionName);
        return count == null ? 0 : count.sum();
    }

    /** Removes the count of a removed connection. */
    void forget(String connectionName) {
        counts.remove(connectionName);
    }

    @Override
    public void close() {
        log.close();
    }
}
