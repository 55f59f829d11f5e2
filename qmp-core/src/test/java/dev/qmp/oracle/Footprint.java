package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process holds.
 *
 * @param heapKiB live objects on the heap
 * @param threads live threads
 * @param descriptors open file descriptors
 */
record Footprint(long heapKiB, int threads, long descriptors) {

    private static final long HEAP_SLACK_KIB = 4096;
    private static final int SLACK = 8;

    /** {@return the footprint after a collection} */
    static Footprint measure() throws Exception {
        System.gc();
        System.gc();
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return new Footprint(
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1024,
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    open.count());
        }
    }

    /** Asserts that nothing has grown since, but for what comes and goes. */
    void assertFlatSince(Footprint earlier) {
        assertThat(heapKiB).as("KiB of heap").isLessThan(earlier.heapKiB + HEAP_SLACK_KIB);
        assertThat(threads).as("threads").isLessThanOrEqualTo(earlier.threads + SLACK);
        assertThat(descriptors).as("file descriptors").isLessThanOrEqualTo(earlier.descriptors + SLACK);
    }
}
