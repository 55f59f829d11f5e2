package dev.qmp.task;

import dev.qmp.error.Text;
import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a task.
 *
 * @param done the work that is done, in the unit; not negative
 * @param total all work as known now, in the unit; null if unknown. It can grow while the task runs, because the guest
 *     goes on writing
 * @param unit what {@code done} and {@code total} count
 * @param phase the machine's name for the present phase, such as {@code running} or {@code ready}; null if there is
 *     none
 */
public record Progress(long done, @Nullable Long total, Unit unit, @Nullable String phase) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** What progress counts. */
    public enum Unit {
        /** Bytes of data. */
        BYTES,
        /** Units without a meaning of their own: only their share counts. */
        UNITS,
        /** Steps of a task that does one thing after the other. */
        STEPS
    }

    /** Refuses negative numbers. */
    public Progress {
        Objects.requireNonNull(unit, "unit");
        if (done < 0) {
            throw new IllegalArgumentException("done must not be negative, but is " + done);
        }
        if (total != null && total < 0) {
            throw new IllegalArgumentException("total must not be negative, but is " + total);
        }
    }

    /** {@return progress in bytes, of a known total, without a phase} */
    public static Progress ofBytes(long done, long total) {
        return new Progress(done, total, Unit.BYTES, null);
    }

    /** {@return progress in steps, of a known total} The phase names the step that is under way. */
    public static Progress ofSteps(long done, long total, String phase) {
        return new Progress(done, total, Unit.STEPS, Objects.requireNonNull(phase, "phase"));
    }

    /** {@return this progress with another phase} */
    public Progress withPhase(String phase) {
        return new Progress(done, total, unit, Objects.requireNonNull(phase, "phase"));
    }

    /** {@return the share that is done, from 0 to 1; empty if the total is unknown or zero} */
    public OptionalDouble share() {
        return total == null || total == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(Math.min(1, (double) done / total));
    }

    /** {@return the progress for an operator, printable, such as {@code running, 512 of 2048 bytes (25 %)}} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(phase == null ? "" : Text.printable(phase) + ", ").append(done);
        if (total != null) {
            text.append(" of ").append(total);
        }
        text.append(' ').append(unit.name().toLowerCase(Locale.ROOT));
        if (total != null && total > 0) {
            text.append(" (").append((int) Math.min(100, 100.0 * done / total)).append(" %)"); // 0.29 * 100 is below 29
        }
        return text.toString();
    }
}
