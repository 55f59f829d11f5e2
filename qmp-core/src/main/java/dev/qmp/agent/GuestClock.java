package dev.qmp.agent;

import dev.qmp.qapi.agent.command.GuestSetTime;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Converts between instants and the nanoseconds since 1970 that agents use. */
final class GuestClock {

    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private GuestClock() {}

    static Instant instant(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS_PER_SECOND), Math.floorMod(nanos, NANOS_PER_SECOND));
    }

    static GuestSetTime command(Instant time) {
        Objects.requireNonNull(time, "time");
        try {
            long seconds = Math.multiplyExact(time.getEpochSecond(), NANOS_PER_SECOND);
            return GuestSetTime.command().withTime(Math.addExact(seconds, time.getNano()));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("time must be between 1678 and 2261, not " + time, e);
        }
    }
}
