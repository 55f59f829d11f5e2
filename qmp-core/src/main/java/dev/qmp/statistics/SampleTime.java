package dev.qmp.statistics;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * When a sample arrived. Times of one JVM can be compared; a step of the system's clock does not matter.
 *
 * @param at the time of the system's clock
 * @param nanoTime {@link System#nanoTime()} at that time
 */
public record SampleTime(Instant at, long nanoTime) {

    /** Refuses null. */
    public SampleTime {
        Objects.requireNonNull(at, "at");
    }

    static SampleTime now() {
        return new SampleTime(Instant.now(), System.nanoTime());
    }

    /**
     * {@return how long after an earlier time this is; positive}
     *
     * @throws IllegalArgumentException if the other time is not earlier
     */
    public Duration since(SampleTime earlier) {
        long nanos = nanoTime - Objects.requireNonNull(earlier, "earlier").nanoTime;
        if (nanos <= 0) {
            throw new IllegalArgumentException(
                    "earlier must be an earlier sample, but is of " + earlier.at + ", and this one is of " + at);
        }
        return Duration.ofNanos(nanos);
    }
}
