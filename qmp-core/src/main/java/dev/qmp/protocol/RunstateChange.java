package dev.qmp.protocol;

import dev.qmp.error.Text;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One step of a connection from a runstate to the next.
 *
 * @param previous the runstate before
 * @param current the runstate after
 * @param cause what went wrong, if that is why; null for a step that was asked for
 * @param at when, by this machine's clock
 * @param outcome how the session ended, in the change to {@link Runstate#IDLE} after a session; null in every other
 *     change, and if the protocol describes no outcomes. That of a QMP client is read with {@code
 *     SessionEnd.of(change)}
 */
public record RunstateChange(
        Runstate previous, Runstate current, @Nullable Throwable cause, Instant at, @Nullable SessionOutcome outcome) {

    /** Refuses missing components. */
    public RunstateChange {
        Objects.requireNonNull(previous, "previous");
        Objects.requireNonNull(current, "current");
        Objects.requireNonNull(at, "at");
    }

    /** Creates a change that ends no session. */
    public RunstateChange(Runstate previous, Runstate current, @Nullable Throwable cause, Instant at) {
        this(previous, current, cause, at, null);
    }

    /** Names the two runstates, with the cause's text, in which control characters are escaped. */
    @Override
    public String toString() {
        return previous + " -> " + current + (cause == null ? "" : " (" + Text.messageOf(cause) + ")");
    }
}
