package dev.qmp.statistics;

import dev.qmp.error.ResultException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The memory of a guest, as its balloon driver last reported it. A value is null if the guest has not reported it. QEMU
 * sends 2^64-1 then.
 *
 * @param updated when the guest last reported, in whole seconds of the host's clock; null if it never did
 * @param total the memory that the guest can use, in bytes
 * @param free the memory that is not used for anything, in bytes
 * @param available the memory that can be used without swapping, in bytes
 * @param diskCaches the memory that caches files, in bytes
 * @param swappedIn the memory that was swapped in since the guest's boot, in bytes
 * @param swappedOut the memory that was swapped out since the guest's boot, in bytes
 * @param majorFaults the page faults with I/O since the guest's boot
 * @param minorFaults the page faults without I/O since the guest's boot
 * @param hugePageAllocations the huge pages that were allocated since the guest's boot
 * @param hugePageFailures the huge pages that could not be allocated since the guest's boot
 * @param others other values that the guest has reported, by QEMU's names, such as {@code stat-oom-kills}
 */
public record GuestMemory(
        @Nullable Instant updated,
        @Nullable Long total,
        @Nullable Long free,
        @Nullable Long available,
        @Nullable Long diskCaches,
        @Nullable Long swappedIn,
        @Nullable Long swappedOut,
        @Nullable Long majorFaults,
        @Nullable Long minorFaults,
        @Nullable Long hugePageAllocations,
        @Nullable Long hugePageFailures,
        Map<String, Long> others) {

    /** Copies the map, and refuses null. */
    public GuestMemory {
        others = Map.copyOf(Objects.requireNonNull(others, "others"));
    }

    static GuestMemory read(JsonNode result) {
        JsonNode stats = result.get("stats");
        if (stats == null || !stats.isObject()) {
            throw new ResultException(
                    "qom-get", new IllegalArgumentException("guest-stats must be an object with the member stats"));
        }
        Map<String, Long> values = new HashMap<>();
        stats.properties().forEach(member -> {
            Long value = available(member.getValue());
            if (value != null) {
                values.put(member.getKey(), value);
            }
        });
        long seconds = result.path("last-update").asLong(0);
        return new GuestMemory(
                seconds <= 0 ? null : Instant.ofEpochSecond(seconds),
                values.remove("stat-total-memory"),
                values.remove("stat-free-memory"),
                values.remove("stat-available-memory"),
                values.remove("stat-disk-caches"),
                values.remove("stat-swap-in"),
                values.remove("stat-swap-out"),
                values.remove("stat-major-faults"),
                values.remove("stat-minor-faults"),
                values.remove("stat-htlb-pgalloc"),
                values.remove("stat-htlb-pgfail"),
                values);
    }

    /** QEMU's mark for "not available" is 2^64-1. No memory has 2^63 bytes, so that larger values are not available. */
    private static @Nullable Long available(JsonNode value) {
        return value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0
                ? value.longValue()
                : null;
    }
}
