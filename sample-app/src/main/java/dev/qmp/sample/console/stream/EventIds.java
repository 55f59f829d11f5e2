package dev.qmp.sample.console.stream;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The ids of server-sent events: the entry's number, and a word that differs from run to run, so that a browser which
 * was connected to an earlier run is not mistaken for one that has seen everything.
 */
final class EventIds {

    private final String run = UUID.randomUUID().toString().substring(0, 8);

    String of(long number) {
        return run + "-" + number;
    }

    /**
     * {@return the number to go on from}
     *
     * @param lastEventId what the browser saw last, null if nothing
     * @param otherwise the number for one that has seen nothing
     */
    long after(@Nullable String lastEventId, long otherwise) {
        if (lastEventId == null) {
            return otherwise;
        }
        if (!lastEventId.startsWith(run + "-")) {
            return 0;
        }
        try {
            return Math.max(0, Long.parseLong(lastEventId.substring(run.length() + 1)) + 1);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
