package dev.qmp.statistics;

import dev.qmp.qapi.type.BlockDeviceStats;
import dev.qmp.qapi.type.BlockStats;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one block device.
 *
 * @param name the device's id; if it has none, the name of its drive, or its QOM path
 * @param node the block node that the device uses; null if it has no medium
 * @param reads what the guest has read
 * @param writes what the guest has written
 * @param flushes what the guest has flushed
 * @param unmaps what the guest has discarded
 * @param idle the time since the last operation; null before the first
 * @param details all values that QEMU sent, such as histograms
 */
public record BlockCounters(
        String name,
        @Nullable String node,
        IoCounters reads,
        IoCounters writes,
        IoCounters flushes,
        IoCounters unmaps,
        @Nullable Duration idle,
        BlockDeviceStats details) {

    private static final String DEVICES = "/machine/peripheral/";

    /** Refuses null. */
    public BlockCounters {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(reads, "reads");
        Objects.requireNonNull(writes, "writes");
        Objects.requireNonNull(flushes, "flushes");
        Objects.requireNonNull(unmaps, "unmaps");
        Objects.requireNonNull(details, "details");
    }

    static BlockCounters of(BlockStats device) {
        BlockDeviceStats stats = device.stats();
        Long idle = stats.idleTimeNs();
        return new BlockCounters(
                nameOf(device),
                device.nodeName(),
                new IoCounters(
                        stats.rdBytes(),
                        stats.rdOperations(),
                        stats.rdMerged(),
                        stats.failedRdOperations(),
                        stats.invalidRdOperations(),
                        Duration.ofNanos(stats.rdTotalTimeNs())),
                new IoCounters(
                        stats.wrBytes(),
                        stats.wrOperations(),
                        stats.wrMerged(),
                        stats.failedWrOperations(),
                        stats.invalidWrOperations(),
                        Duration.ofNanos(stats.wrTotalTimeNs())),
                new IoCounters(
                        0,
                        stats.flushOperations(),
                        0,
                        stats.failedFlushOperations(),
                        stats.invalidFlushOperations(),
                        Duration.ofNanos(stats.flushTotalTimeNs())),
                new IoCounters(
                        stats.unmapBytes(),
                        stats.unmapOperations(),
                        stats.unmapMerged(),
                        stats.failedUnmapOperations(),
                        stats.invalidUnmapOperations(),
                        Duration.ofNanos(stats.unmapTotalTimeNs())),
                idle == null ? null : Duration.ofNanos(idle),
                stats);
    }

    /** QEMU names a device by its QOM path, which may lead into it, and a drive of {@code -drive} by its id. */
    private static String nameOf(BlockStats device) {
        String path = device.qdev();
        String drive = device.device();
        if (path != null && path.startsWith(DEVICES)) {
            int end = path.indexOf('/', DEVICES.length());
            return end < 0 ? path.substring(DEVICES.length()) : path.substring(DEVICES.length(), end);
        }
        if (drive != null && !drive.isEmpty()) {
            return drive;
        }
        return Objects.requireNonNullElse(path, Objects.requireNonNullElse(device.nodeName(), ""));
    }

    /** {@return whether these are the same counters later; false if the machine has restarted} */
    boolean continues(BlockCounters earlier) {
        return reads.continues(earlier.reads)
                && writes.continues(earlier.writes)
                && flushes.continues(earlier.flushes)
                && unmaps.continues(earlier.unmaps);
    }
}
