package dev.qmp.internal.engine;

import java.time.Duration;
import java.util.Objects;

/** What a builder asks of the values that it is given. */
public final class OptionChecks {

    /** Who says "for ever" gets this, which still counts in nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private OptionChecks() {}

    /** {@return a duration that is positive, cut to 100 years, which can be counted in nanoseconds} */
    public static Duration positive(String option, Duration value) {
        Objects.requireNonNull(value, option);
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(option + " must be positive, not " + value);
        }
        return value.compareTo(LONGEST) > 0 ? LONGEST : value;
    }

    /** {@return a number that is positive} */
    public static int positive(String option, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(option + " must be positive, not " + value);
        }
        return value;
    }
}
