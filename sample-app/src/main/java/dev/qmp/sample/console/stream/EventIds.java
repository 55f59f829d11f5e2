package dev.qmp.sample.console.stream;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The ids of server-sent events: the entry's number, and a word that differs for each start of the application. So
 * the position of a browser in an earlier run is not taken for one in this run.
 */
final class EventIds {

    private final String run = UUID.randomUUID().toString().substring(0, 8);

    String of(long number) {
        return run + "-" + number;
    }

    /**
     * {@return the number of the next entry for a reader}
     *
     * @param lastEventId the id that the browser received last, null if none
     * @param otherwise the number for a reader without an id of this run
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
