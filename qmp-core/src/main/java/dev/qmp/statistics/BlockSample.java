package dev.qmp.statistics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The counters of all block devices at one time.
 *
 * @param time when the sample arrived
 * @param devices the devices, in QEMU's order; empty if there are none
 */
public record BlockSample(SampleTime time, List<BlockCounters> devices) {

    /** Copies the list, and refuses null. */
    public BlockSample {
        Objects.requireNonNull(time, "time");
        devices = List.copyOf(Objects.requireNonNull(devices, "devices"));
    }

    /** {@return the counters of the device with a {@linkplain BlockCounters#name() name}, null if there is none} */
    public @Nullable BlockCounters find(String name) {
        Objects.requireNonNull(name, "name");
        for (BlockCounters device : devices) {
            if (device.name().equals(name)) {
                return device;
            }
        }
        return null;
    }

    /**
     * {@return the rates since an earlier sample of the same machine, in the order of the devices}
     *
     * <p>A device is left out if the earlier sample lacks it, or if one of its counters is lower now. The machine has
     * restarted then, or the device was plugged again.
     *
     * @throws IllegalArgumentException if the other sample is not earlier
     */
    public List<BlockRate> ratesSince(BlockSample earlier) {
        Objects.requireNonNull(earlier, "earlier");
        Duration period = time.since(earlier.time);
        List<BlockRate> rates = new ArrayList<>();
        for (BlockCounters device : devices) {
            BlockCounters before = earlier.find(device.name());
            if (before != null && device.continues(before)) {
                rates.add(BlockRate.between(before, device, period));
            }
        }
        return List.copyOf(rates);
    }
}
