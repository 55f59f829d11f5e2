package dev.qmp.autoconfigure;

import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** The rules that several properties share. Whoever breaks one is told the property's name and what it accepts. */
final class PropertyChecks {

    private final LayeredProperties properties;

    PropertyChecks(LayeredProperties properties) {
        this.properties = properties;
    }

    void positive(String key, Function<QmpConnectionProperties, @Nullable Duration> getter) {
        Duration value = properties.get(getter);
        if (value != null && (value.isZero() || value.isNegative())) {
            throw properties.invalid(key, getter, "it is not positive", "a positive duration, such as 5s or 250ms");
        }
    }

    void notNegative(String key, Function<QmpConnectionProperties, @Nullable Duration> getter) {
        Duration value = properties.get(getter);
        if (value != null && value.isNegative()) {
            throw properties.invalid(key, getter, "it is negative", "a duration such as 10s, or 0s for never");
        }
    }

    Duration positive(String key, Function<QmpConnectionProperties, @Nullable Duration> getter, Duration fallback) {
        positive(key, getter);
        return properties.get(getter, fallback);
    }

    void count(String key, Function<QmpConnectionProperties, @Nullable Integer> getter) {
        Integer value = properties.get(getter);
        if (value != null && value < 1) {
            throw properties.invalid(key, getter, "it is not positive", "a number of 1 or more");
        }
    }

    void size(String key, Function<QmpConnectionProperties, @Nullable DataSize> getter) {
        DataSize value = properties.get(getter);
        if (value != null && (value.toBytes() < 1 || value.toBytes() > Integer.MAX_VALUE)) {
            throw properties.invalid(key, getter, "it is out of range", "a size from 1B to 2047MB, such as 16MB");
        }
    }

    double range(
            String key,
            Function<QmpConnectionProperties, @Nullable Double> getter,
            double from,
            double to,
            double fallback) {
        double value = properties.get(getter, fallback);
        if (!(value >= from && value <= to)) {
            throw properties.invalid(key, getter, "it is out of range", "a number from " + from + " to " + to);
        }
        return value;
    }
}
