package dev.qmp.sample.console.stream;

import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpRunstateChangedEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Recognises an attempt to connect that fails as the one before. A machine that is down for an hour is one fact: its
 * hundred attempts must not push the events of other machines out of the log.
 *
 * <p>Thread safety: any thread may use it.
 */
final class FailedAttempts {

    /**
     * Limit of connections. The one that was used least recently is removed, and its next failure is recorded again.
     */
    private static final int MOST = 1024;

    private final Map<String, Attempt> attempts = new LinkedHashMap<>(16, 0.75f, true) {

        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Attempt> eldest) {
            return size() > MOST;
        }
    };

    /**
     * Adds a change of runstate.
     *
     * @return whether it only repeats a failed attempt
     */
    synchronized boolean repeats(QmpRunstateChangedEvent event) {
        String connection = event.getConnectionName();
        Attempt last = attempts.get(connection);
        Attempt next = next(last, event);
        if (next == null) {
            attempts.remove(connection);
        } else {
            attempts.put(connection, next);
        }
        return last != null && next != null && next.repeated();
    }

    private static @Nullable Attempt next(@Nullable Attempt last, QmpRunstateChangedEvent event) {
        return switch (event.getCurrent()) {
            case RUNNING -> null;
            case CONNECTING -> last == null ? null : new Attempt(last.failure(), true);
            case DISCONNECTING -> event.getPrevious() == Runstate.CONNECTING ? failed(last, event.getCause()) : null;
            case IDLE -> last;
        };
    }

    private static @Nullable Attempt failed(@Nullable Attempt last, @Nullable Throwable cause) {
        if (cause == null) {
            return null;
        }
        String failure = withoutNumbers(String.valueOf(cause.getMessage()));
        return new Attempt(failure, last != null && last.failure().equals(failure));
    }

    /** Failures that differ only in a duration or a count are equal. */
    private static String withoutNumbers(String text) {
        return text.replaceAll("[0-9]+", "#");
    }

    /**
     * The last attempt of a connection.
     *
     * @param failure its failure
     * @param repeated whether the attempt before failed alike
     */
    private record Attempt(String failure, boolean repeated) {}
}
