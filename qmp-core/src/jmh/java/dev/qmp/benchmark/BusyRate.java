package dev.qmp.benchmark;

import java.util.function.LongSupplier;

/**
 * The work of some busy connections, each with one command at a time.
 *
 * @param connections how many are busy
 * @param perSecond the commands of all in a second
 * @param micros the CPU for a command, without the server's
 */
record BusyRate(int connections, double perSecond, double micros) {

    /**
     * Measures work that is in progress.
     *
     * @param done the commands so far
     */
    static BusyRate measure(int connections, long millis, LongSupplier done) {
        Meter.pause(millis / 2); // what begins all at once is not steady yet
        long begin = System.nanoTime();
        long cpu = Meter.cpu();
        long before = done.getAsLong();
        Meter.pause(millis);
        double commands = done.getAsLong() - before;
        return new BusyRate(
                connections, commands * 1e9 / (System.nanoTime() - begin), (Meter.cpu() - cpu) / commands / 1000);
    }
}
