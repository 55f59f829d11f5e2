package dev.qmp.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One step of a connection from a runstate to the next.
 *
 * @param previous the runstate before
 * @param current the runstate after
 * @param cause what went wrong, if that is why; null for a step that was asked for
 * @param at when, by this machine's clock
 */
public record RunstateChange(Runstate previous, Runstate current, @Nullable Throwable cause, Instant at) {

    /** Names the two runstates, with the cause's text. */
    @Override
    public String toString() {
        return previous + " -> " + current + (cause == null ? "" : " (" + cause.getMessage() + ")");
    }
}
