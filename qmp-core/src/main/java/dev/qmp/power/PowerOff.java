package dev.qmp.power;

import dev.qmp.SessionEnd;
import dev.qmp.power.PowerLadder.Action;
import dev.qmp.process.QemuExit;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a machine was powered down.
 *
 * @param action the action after which it was off; null if it was off before the first step
 * @param steps the number of steps that were taken
 * @param reason the reason in QEMU's event {@code SHUTDOWN}, such as {@code guest-shutdown}; null if there was no such
 *     event
 * @param session the end of the session; null if QEMU still runs, or if the session had not ended yet
 * @param exit the end of the process; null if QEMU still runs, or if the process is not known
 * @param qemuRuns whether QEMU still runs without its guest, because it was started with {@code -no-shutdown}
 * @param took the time from the call to the end
 */
public record PowerOff(
        @Nullable Action action,
        int steps,
        @Nullable String reason,
        @Nullable SessionEnd session,
        @Nullable QemuExit exit,
        boolean qemuRuns,
        Duration took) {

    /** Refuses missing components. */
    public PowerOff {
        Objects.requireNonNull(took, "took");
        if (steps < 0) {
            throw new IllegalArgumentException("steps must not be negative, but is " + steps);
        }
    }
}
