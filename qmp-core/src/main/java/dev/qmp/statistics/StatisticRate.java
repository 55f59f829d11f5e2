package dev.qmp.statistics;

import dev.qmp.qapi.type.StatsProvider;
import dev.qmp.qapi.type.StatsUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rate of one value of {@code query-stats} that accumulates.
 *
 * @param provider {@link Statistic#provider()}
 * @param path {@link Statistic#path()}
 * @param name {@link Statistic#name()}
 * @param unit the unit of what is counted; null if it is a plain number
 * @param perSecond the increase in a second, in the unit; not negative
 */
public record StatisticRate(
        StatsProvider provider, @Nullable String path, String name, @Nullable StatsUnit unit, double perSecond) {

    /** Refuses null. */
    public StatisticRate {
        Objects.requireNonNull(provider, "provider");
        Objects.requireNonNull(name, "name");
    }
}
