package dev.qmp.event;

import dev.qmp.error.NotCompletedException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The command was executed, and the wait for its event ended without the event. The work that the command started may
 * still run, or may have ended meanwhile. Query the machine, for instance by {@code query-jobs}.
 */
public class EventNotSeenException extends NotCompletedException {

    private static final long serialVersionUID = 1L;

    /** Why the wait ended. */
    public enum Reason {
        /** The operation's time limit passed. */
        TIMED_OUT,
        /** The session ended, or the client was closed. */
        DISCONNECTED,
        /** The waiting caller was interrupted. */
        INTERRUPTED,
        /** The application cancelled the wait. */
        CANCELLED
    }

    private final Reason reason;
    private final JsonNode result;

    /**
     * Creates the exception.
     *
     * @param commandName the command
     * @param reason why the wait ended
     * @param detail the reason as text for the message
     * @param result the value of the command's reply
     * @param cause the deeper cause; null if there is none
     */
    public EventNotSeenException(
            String commandName, Reason reason, String detail, JsonNode result, @Nullable Throwable cause) {
        super(
                Objects.requireNonNull(commandName, "commandName"),
                "was executed, but its event was not seen: " + Objects.requireNonNull(detail, "detail"),
                cause);
        this.reason = Objects.requireNonNull(reason, "reason");
        this.result = Objects.requireNonNull(result, "result");
    }

    /** {@return why the wait ended} */
    public Reason reason() {
        return reason;
    }

    /** {@return the value of the command's reply; treat it as read-only} */
    public JsonNode result() {
        return result;
    }
}
