package dev.qmp.internal.engine;

import java.time.Duration;
import java.util.Objects;

/** The checks of a builder's values, and the limit of all durations that an application sets. */
public final class OptionChecks {

    /** Stands for "for ever". */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private OptionChecks() {}

    /** {@return the given duration, cut to 100 years, which fit into a count of nanoseconds and can be added to} */
    public static Duration bounded(Duration duration) {
        return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
    }

    /**
     * {@return a positive duration, cut as by {@link #bounded}}
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public static Duration positive(String option, Duration value) {
        Objects.requireNonNull(value, option);
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(option + " must be positive, not " + value);
        }
        return bounded(value);
    }

    /**
     * {@return a duration that is not negative, cut as by {@link #bounded}}
     *
     * @throws IllegalArgumentException if it is negative
     */
    public static Duration positiveOrZero(String option, Duration value) {
        Objects.requireNonNull(value, option);
        if (value.isNegative()) {
            throw new IllegalArgumentException(option + " must be positive or zero, not " + value);
        }
        return bounded(value);
    }

    /**
     * {@return a positive number}
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public static int positive(String option, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(option + " must be positive, not " + value);
        }
        return value;
    }
}
