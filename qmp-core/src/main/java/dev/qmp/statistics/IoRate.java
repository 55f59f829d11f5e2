package dev.qmp.statistics;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The rate of one kind of operation between two samples.
 *
 * @param bytesPerSecond the bytes in a second; not negative; 0 for flushes
 * @param operationsPerSecond the operations in a second; not negative
 * @param latency the mean time of an operation; null if there was none
 */
public record IoRate(double bytesPerSecond, double operationsPerSecond, @Nullable Duration latency) {

    static IoRate between(IoCounters earlier, IoCounters later, double seconds) {
        long operations = later.operations() - earlier.operations();
        Duration time = later.totalTime().minus(earlier.totalTime());
        return new IoRate(
                (later.bytes() - earlier.bytes()) / seconds,
                operations / seconds,
                operations == 0 ? null : time.dividedBy(operations));
    }
}
