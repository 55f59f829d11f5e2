package dev.qmp.benchmark;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.locks.LockSupport;

/** Reads what this JVM uses: heap and CPU. */
final class Meter {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private Meter() {}

    /** {@return the bytes in use} It is the least of some readings, because one collection may not free everything. */
    static long heap() {
        long least = Long.MAX_VALUE;
        for (int look = 0; look < 5; look++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    /**
     * {@return the nanoseconds of CPU so far that are the clients'} That is the process with its garbage collector and
     * compiler, without the server's threads and without the calling thread, which measures.
     */
    static long cpu() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() - serverCpu() - THREADS.getCurrentThreadCpuTime();
    }

    private static long serverCpu() {
        long sum = 0;
        for (var thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith(LocalServer.THREADS)) {
                sum += Math.max(0, THREADS.getThreadCpuTime(thread.getThreadId()));
            }
        }
        return sum;
    }

    /** {@return the most threads at a time since the last call} */
    static int peakThreads() {
        int peak = THREADS.getPeakThreadCount();
        THREADS.resetPeakThreadCount();
        return peak;
    }

    static void pause(long millis) {
        LockSupport.parkNanos(millis * 1_000_000);
    }
}
