package dev.qmp.statistics;

import dev.qmp.qapi.type.Stats;
import dev.qmp.qapi.type.StatsProvider;
import dev.qmp.qapi.type.StatsResult;
import dev.qmp.qapi.type.StatsSchema;
import dev.qmp.qapi.type.StatsSchemaValue;
import dev.qmp.qapi.type.StatsTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The values of {@code query-stats} for one target at one time.
 *
 * @param time when the sample arrived
 * @param target what the values describe: the machine, its CPUs, its crypto devices
 * @param values the values; empty if nothing counts, as on a machine without KVM
 */
public record StatsSample(SampleTime time, StatsTarget target, List<Statistic> values) {

    /** Copies the list, and refuses null. */
    public StatsSample {
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(target, "target");
        values = List.copyOf(Objects.requireNonNull(values, "values"));
    }

    static StatsSample of(StatsTarget target, List<StatsSchema> schemas, List<StatsResult> results) {
        SampleTime time = SampleTime.now();
        Map<StatsProvider, Map<String, StatsSchemaValue>> described = new HashMap<>();
        for (StatsSchema schema : schemas) {
            if (schema.target().equals(target)) {
                Map<String, StatsSchemaValue> names =
                        described.computeIfAbsent(schema.provider(), p -> new HashMap<>());
                schema.stats().forEach(value -> names.put(value.name(), value));
            }
        }
        List<Statistic> values = new ArrayList<>();
        for (StatsResult result : results) {
            Map<String, StatsSchemaValue> names = described.getOrDefault(result.provider(), Map.of());
            for (Stats stats : result.stats()) {
                StatsSchemaValue schema = names.get(stats.name());
                values.add(Statistic.of(result.provider(), result.qomPath(), stats.name(), schema, stats.value()));
            }
        }
        return new StatsSample(time, target, values);
    }

    /**
     * {@return the value with a provider, path and name, null if there is none}
     *
     * @param path {@link Statistic#path()}; null for the machine
     */
    public @Nullable Statistic find(StatsProvider provider, @Nullable String path, String name) {
        Objects.requireNonNull(provider, "provider");
        Objects.requireNonNull(name, "name");
        for (Statistic value : values) {
            if (value.provider().equals(provider)
                    && Objects.equals(value.path(), path)
                    && value.name().equals(name)) {
                return value;
            }
        }
        return null;
    }

    /**
     * {@return the rates since an earlier sample of the same machine, of all values that accumulate}
     *
     * <p>A value is left out if the earlier sample lacks it. If one counter is lower now, all counters of its provider
     * and path are left out, because the machine has restarted or the CPU was plugged again.
     *
     * @throws IllegalArgumentException if the other sample is not earlier, or is of another target
     */
    public List<StatisticRate> ratesSince(StatsSample earlier) {
        Objects.requireNonNull(earlier, "earlier");
        if (!target.equals(earlier.target)) {
            throw new IllegalArgumentException(
                    "earlier must be a sample of " + target + ", but is one of " + earlier.target);
        }
        Duration period = time.since(earlier.time);
        Map<Counted, Statistic> before = new HashMap<>();
        earlier.values.forEach(value -> before.putIfAbsent(Counted.of(value), value));
        Set<Source> restarted = new HashSet<>();
        for (Statistic value : values) {
            Statistic old = before.get(Counted.of(value));
            if (old != null && value.hasRestartedSince(old)) {
                restarted.add(Source.of(value));
            }
        }
        List<StatisticRate> rates = new ArrayList<>();
        for (Statistic value : values) {
            Statistic old = before.get(Counted.of(value));
            if (old != null && value.accumulates() && !restarted.contains(Source.of(value))) {
                rates.add(value.rateSince(old, period));
            }
        }
        return List.copyOf(rates);
    }

    /** What counts, and where; all its counters restart together. */
    private record Source(StatsProvider provider, @Nullable String path) {

        static Source of(Statistic value) {
            return new Source(value.provider(), value.path());
        }
    }

    /** One value of a source. */
    private record Counted(Source source, String name) {

        static Counted of(Statistic value) {
            return new Counted(Source.of(value), value.name());
        }
    }
}
