package dev.qmp.statistics;

import dev.qmp.qapi.type.DirtyRateMeasureMode;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How fast the guest writes to its memory. QEMU measures in whole MiB a second.
 *
 * @param bytesPerSecond the memory that is written in a second, each page counted once in the period; in bytes, a
 *     multiple of 1 MiB
 * @param period the time that QEMU measured; it can be longer than asked for
 * @param mode how QEMU measured; null before QEMU 6.2, which can only sample pages
 * @param perCpu the same for each CPU by its index; empty unless the mode is {@code dirty-ring}
 */
public record DirtyRate(
        long bytesPerSecond, Duration period, @Nullable DirtyRateMeasureMode mode, Map<Long, Long> perCpu) {

    /** Copies the map, and refuses null. */
    public DirtyRate {
        Objects.requireNonNull(period, "period");
        perCpu = Map.copyOf(Objects.requireNonNull(perCpu, "perCpu"));
    }
}
