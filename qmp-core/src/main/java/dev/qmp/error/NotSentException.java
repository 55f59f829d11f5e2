package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/** The command was certainly not executed: no byte of it was sent. Sending it again is safe. */
public non-sealed class NotSentException extends CommandException {

    private static final long serialVersionUID = 1L;

    /** What kept the command from being sent. */
    public enum Reason {
        /** There was no session. */
        NOT_CONNECTED,
        /** The session ended while the command was queued. */
        DISCONNECTED,
        /** The queue was full. */
        OVERLOAD,
        /** The command's deadline passed while it was queued. */
        TIMED_OUT,
        /** The waiting caller was interrupted. */
        INTERRUPTED,
        /** It cannot be sent as it is: too large, not expressible, or not possible on this connection. */
        UNSENDABLE,
        /** The machine would reject it, as its schema shows; see {@code QmpClientBuilder.commandCheck}. */
        INVALID,
        /** The client's command policy refuses it; see {@code QmpClientBuilder.commandPolicy}. */
        REFUSED
    }

    private final Reason reason;

    /** Creates the exception. */
    public NotSentException(String commandName, Reason reason, String detail, @Nullable Throwable cause) {
        super(commandName, "was not sent: " + detail, cause);
        this.reason = reason;
    }

    /** {@return what kept the command from being sent} */
    public Reason reason() {
        return reason;
    }
}
