package dev.qmp.statistics;

import java.time.Duration;
import java.util.Objects;

/**
 * The rates of one block device between two samples.
 *
 * @param name {@link BlockCounters#name()}
 * @param period the time between the samples
 * @param reads what the guest read
 * @param writes what the guest wrote
 * @param flushes what the guest flushed
 * @param unmaps what the guest discarded
 */
public record BlockRate(String name, Duration period, IoRate reads, IoRate writes, IoRate flushes, IoRate unmaps) {

    /** Refuses null. */
    public BlockRate {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(period, "period");
        Objects.requireNonNull(reads, "reads");
        Objects.requireNonNull(writes, "writes");
        Objects.requireNonNull(flushes, "flushes");
        Objects.requireNonNull(unmaps, "unmaps");
    }

    static BlockRate between(BlockCounters earlier, BlockCounters later, Duration period) {
        double seconds = period.toNanos() / 1e9;
        return new BlockRate(
                later.name(),
                period,
                IoRate.between(earlier.reads(), later.reads(), seconds),
                IoRate.between(earlier.writes(), later.writes(), seconds),
                IoRate.between(earlier.flushes(), later.flushes(), seconds),
                IoRate.between(earlier.unmaps(), later.unmaps(), seconds));
    }
}
