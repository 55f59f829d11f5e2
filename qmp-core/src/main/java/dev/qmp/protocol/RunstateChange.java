package dev.qmp.protocol;

import dev.qmp.error.Text;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One change of a connection's runstate.
 *
 * @param previous the runstate before
 * @param current the runstate after
 * @param cause the failure that caused the change; null if the change was requested
 * @param at when it happened, by this machine's clock
 * @param outcome how the session ended, in the change to {@link Runstate#IDLE} after a session; null in every other
 *     change, and if the protocol describes no outcomes
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

    /** {@return the two runstates, with the cause's text, in which control characters are escaped} */
    @Override
    public String toString() {
        return previous + " -> " + current + (cause == null ? "" : " (" + Text.messageOf(cause) + ")");
    }
}
