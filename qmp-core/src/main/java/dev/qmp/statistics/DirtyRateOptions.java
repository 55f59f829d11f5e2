package dev.qmp.statistics;

import dev.qmp.qapi.type.DirtyRateMeasureMode;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to measure a {@link DirtyRate}.
 *
 * <p>Thread safety: immutable; any thread may use it.
 */
public final class DirtyRateOptions {

    private static final Duration SHORTEST = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final int FEWEST_PAGES = 128;
    private static final int MOST_PAGES = 16384;

    private final Duration period;
    private final @Nullable DirtyRateMeasureMode mode;
    private final @Nullable Integer samplePages;

    private DirtyRateOptions(Duration period, @Nullable DirtyRateMeasureMode mode, @Nullable Integer samplePages) {
        this.period = period;
        this.mode = mode;
        this.samplePages = samplePages;
    }

    /**
     * {@return options that sample pages}
     *
     * @param period how long to measure, from 50 ms to 60 s, in whole milliseconds. QEMU before 8.2 takes whole seconds
     *     only
     * @throws IllegalArgumentException if the period is out of range or not in whole milliseconds
     */
    public static DirtyRateOptions ofPeriod(Duration period) {
        Objects.requireNonNull(period, "period");
        if (period.compareTo(SHORTEST) < 0 || period.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("period must be from 50 ms to 60 s, not " + period);
        }
        if (!period.equals(Duration.ofMillis(period.toMillis()))) {
            throw new IllegalArgumentException("period must be in whole milliseconds, not " + period);
        }
        return new DirtyRateOptions(period, null, null);
    }

    /**
     * {@return the same with a mode of QEMU 6.2 and later}
     *
     * <p>{@code page-sampling} is the default and estimates. {@code dirty-bitmap} counts, and slows the guest down; it
     * needs KVM or QEMU 10.0. {@code dirty-ring} counts for each CPU, and needs KVM with a dirty ring.
     */
    public DirtyRateOptions withMode(DirtyRateMeasureMode mode) {
        return new DirtyRateOptions(period, Objects.requireNonNull(mode, "mode"), samplePages);
    }

    /**
     * {@return the same with a number of pages to sample of each GiB} QEMU 6.1 and later; default 512.
     *
     * @param pages from 128 to 16384
     * @throws IllegalArgumentException if the number is out of range
     */
    public DirtyRateOptions withSamplePages(int pages) {
        if (pages < FEWEST_PAGES || pages > MOST_PAGES) {
            throw new IllegalArgumentException(
                    "pages must be from " + FEWEST_PAGES + " to " + MOST_PAGES + ", not " + pages);
        }
        return new DirtyRateOptions(period, mode, pages);
    }

    Duration period() {
        return period;
    }

    @Nullable
    DirtyRateMeasureMode mode() {
        return mode;
    }

    @Nullable
    Integer samplePages() {
        return samplePages;
    }

    /** {@return whether QEMU must count in milliseconds, which it can from 8.2 on} */
    boolean inMilliseconds() {
        return period.toMillisPart() != 0;
    }

    /** Names the period and what was set. */
    @Override
    public String toString() {
        return "DirtyRateOptions[" + period + (mode == null ? "" : ", " + mode)
                + (samplePages == null ? "" : ", " + samplePages + " pages") + "]";
    }
}
