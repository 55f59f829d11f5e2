package dev.qmp.internal.engine;

import java.time.Duration;
import java.util.Objects;

/** The checks of a builder's values. */
public final class OptionChecks {

    /** The longest duration: it stands for "for ever" and still fits into a count of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private OptionChecks() {}

    /**
     * {@return a positive duration, cut to 100 years, which fit into a count of nanoseconds}
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public static Duration positive(String option, Duration value) {
        Objects.requireNonNull(value, option);
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(option + " must be positive, not " + value);
        }
        return value.compareTo(LONGEST) > 0 ? LONGEST : value;
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
