package dev.qmp.statistics;

import java.time.Duration;
import java.util.Objects;

/**
 * The counters of one kind of operation, since the machine's start.
 *
 * @param bytes the bytes; 0 for flushes
 * @param operations the operations that succeeded
 * @param merged the requests that were merged into others; 0 for flushes
 * @param failed the operations that failed
 * @param invalid the operations that the device refused, such as those behind its end
 * @param totalTime the time that the operations took, added up
 */
public record IoCounters(long bytes, long operations, long merged, long failed, long invalid, Duration totalTime) {

    /** Refuses null. */
    public IoCounters {
        Objects.requireNonNull(totalTime, "totalTime");
    }

    /** {@return whether no counter is lower than an earlier one, as it is after a restart of the machine} */
    boolean continues(IoCounters earlier) {
        return bytes >= earlier.bytes
                && operations >= earlier.operations
                && merged >= earlier.merged
                && failed >= earlier.failed
                && invalid >= earlier.invalid
                && totalTime.compareTo(earlier.totalTime) >= 0;
    }
}
