package dev.qmp.process;

import dev.qmp.protocol.EventLoops;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Converts durations for the JDK's timers, and refuses waits on event loops. */
final class Times {

    private Times() {}

    static Duration positive(Duration duration, String name) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException(name + " must be positive, not " + duration);
        }
        return duration;
    }

    static void refuseOnEventLoop(String alternative) {
        if (EventLoops.isEventLoop(Thread.currentThread())) {
            throw new IllegalStateException("a wait on an event loop would stall connections; use " + alternative);
        }
    }

    /** {@return the duration in nanoseconds, 292 years at most} */
    static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    /** {@return the sum in nanoseconds, 292 years at most} */
    static long nanos(Duration duration, Duration more) {
        long sum = nanos(duration) + nanos(more);
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
