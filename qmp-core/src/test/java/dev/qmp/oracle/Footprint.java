package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.Resources;
import java.lang.management.ManagementFactory;

/**
 * What this process holds.
 *
 * @param heapKiB live objects on the heap
 * @param resources threads and files
 */
record Footprint(long heapKiB, Resources resources) {

    private static final long HEAP_SLACK_KIB = 4096;

    /** {@return the footprint after a collection} */
    static Footprint measure() {
        System.gc();
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return new Footprint(heap / 1024, Resources.now());
    }

    /** Asserts that nothing has grown since, but for what comes and goes. */
    void assertFlatSince(Footprint earlier) {
        assertThat(heapKiB).as("KiB of heap").isLessThan(earlier.heapKiB + HEAP_SLACK_KIB);
        Resources.assertNotMoreThan(earlier.resources);
    }
}
