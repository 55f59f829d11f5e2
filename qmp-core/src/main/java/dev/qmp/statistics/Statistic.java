package dev.qmp.statistics;

import dev.qmp.qapi.type.StatsProvider;
import dev.qmp.qapi.type.StatsSchemaValue;
import dev.qmp.qapi.type.StatsType;
import dev.qmp.qapi.type.StatsUnit;
import dev.qmp.qapi.type.StatsValue;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One value of {@code query-stats}.
 *
 * @param provider what counts, such as {@code kvm}
 * @param path the QOM path of what is counted, such as a CPU; null for the machine
 * @param name the name, such as {@code exits}
 * @param type whether the value accumulates, is of this moment, or is a histogram; null if QEMU does not describe it
 * @param unit the unit; null if it is a plain number, or QEMU does not describe it
 * @param factor the factor from the value to the unit, such as 1e-9 for nanoseconds; 1 if there is none
 * @param value the value, as QEMU sent it
 */
public record Statistic(
        StatsProvider provider,
        @Nullable String path,
        String name,
        @Nullable StatsType type,
        @Nullable StatsUnit unit,
        double factor,
        StatsValue value) {

    private static final int DECIMAL = 10;

    /** Refuses null. */
    public Statistic {
        Objects.requireNonNull(provider, "provider");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
    }

    static Statistic of(
            StatsProvider provider,
            @Nullable String path,
            String name,
            @Nullable StatsSchemaValue schema,
            StatsValue value) {
        if (schema == null) {
            return new Statistic(provider, path, name, null, null, 1, value);
        }
        Integer base = schema.base();
        double factor = Math.pow(base == null ? DECIMAL : base, schema.exponent());
        return new Statistic(provider, path, name, schema.type(), schema.unit(), factor, value);
    }

    /** {@return the value in its unit; null if it is no number but a boolean or a histogram} */
    public @Nullable Double number() {
        BigInteger scalar = scalar();
        return scalar == null ? null : scalar.doubleValue() * factor;
    }

    private @Nullable BigInteger scalar() {
        return value instanceof StatsValue.Scalar scalar ? scalar.value() : null;
    }

    /** {@return whether this is a number that grows from the machine's start on} */
    boolean accumulates() {
        return StatsType.CUMULATIVE.equals(type) && scalar() != null;
    }

    /** {@return whether this accumulates, and is lower than an earlier value} */
    boolean hasRestartedSince(Statistic earlier) {
        BigInteger now = scalar();
        BigInteger before = earlier.scalar();
        return StatsType.CUMULATIVE.equals(type) && now != null && before != null && now.compareTo(before) < 0;
    }

    /** {@return the rate since an earlier value; both accumulate} */
    StatisticRate rateSince(Statistic earlier, Duration period) {
        BigInteger now = Objects.requireNonNull(scalar());
        BigInteger before = Objects.requireNonNullElse(earlier.scalar(), now);
        double increase = now.subtract(before).doubleValue() * factor;
        return new StatisticRate(provider, path, name, unit, increase / (period.toNanos() / 1e9));
    }
}
