package dev.qmp.error;

import java.time.Duration;
import java.util.Objects;

/**
 * Checks of the values that an application sets, and the limit of all its durations. For the packages of this library,
 * and not a part of its API: {@code InternalApi} is in a package that this one does not know.
 */
public final class Checks {

    /** Stands for "for ever". */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private Checks() {}

    /** {@return the given duration, cut to 100 years, which fit into a count of nanoseconds and can be added to} */
    public static Duration bounded(Duration duration) {
        return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
    }

    /**
     * {@return a positive duration, cut as by {@link #bounded}}
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public static Duration positive(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(name + " must be positive, not " + value);
        }
        return bounded(value);
    }

    /**
     * {@return a duration that is not negative, cut as by {@link #bounded}}
     *
     * @throws IllegalArgumentException if it is negative
     */
    public static Duration positiveOrZero(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must be positive or zero, not " + value);
        }
        return bounded(value);
    }

    /**
     * {@return a positive number}
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public static int positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be positive, not " + value);
        }
        return value;
    }
}
