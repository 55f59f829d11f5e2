package dev.qmp.statistics;

import java.time.Duration;

/** Arithmetic of rates. */
final class Rates {

    private static final double NANOS_PER_SECOND = 1e9;

    private Rates() {}

    static double seconds(Duration period) {
        return period.toNanos() / NANOS_PER_SECOND;
    }
}
