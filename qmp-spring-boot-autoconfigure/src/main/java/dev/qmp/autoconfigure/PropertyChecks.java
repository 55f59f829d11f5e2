package dev.qmp.autoconfigure;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Checks that several properties share. The exception names the property and what it accepts. */
final class PropertyChecks {

    private final LayeredProperties properties;

    PropertyChecks(LayeredProperties properties) {
        this.properties = properties;
    }

    void positive(String key, @Nullable Duration value) {
        if (value != null && (value.isZero() || value.isNegative())) {
            throw properties.invalid(key, "it is not positive", "a positive duration, such as 5s or 250ms");
        }
    }

    void notNegative(String key, @Nullable Duration value) {
        if (value != null && value.isNegative()) {
            throw properties.invalid(key, "it is negative", "a duration such as 10s, or 0s for never");
        }
    }

    Duration positive(String key, @Nullable Duration value, Duration fallback) {
        positive(key, value);
        return value != null ? value : fallback;
    }

    void count(String key, @Nullable Integer value) {
        if (value != null && value < 1) {
            throw properties.invalid(key, "it is not positive", "a number of 1 or more");
        }
    }

    void count(String key, @Nullable Integer value, int max) {
        count(key, value);
        if (value != null && value > max) {
            throw properties.invalid(key, "it is too large", "a number from 1 to " + max);
        }
    }

    void size(String key, @Nullable DataSize value) {
        if (value != null && (value.toBytes() < 1 || value.toBytes() > Integer.MAX_VALUE)) {
            throw properties.invalid(key, "it is out of range", "a size from 1B to 2047MB, such as 16MB");
        }
    }

    double range(String key, @Nullable Double value, double from, double to, double fallback) {
        if (value != null && !(value >= from && value <= to)) {
            throw properties.invalid(key, "it is out of range", "a number from " + from + " to " + to);
        }
        return value != null ? value : fallback;
    }
}
