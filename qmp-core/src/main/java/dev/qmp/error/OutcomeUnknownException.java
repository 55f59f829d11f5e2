package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/**
 * The command was handed to the socket, and no reply came: it may have been executed, be executing, or never have
 * arrived. Ask the machine about its state before sending it again.
 */
public non-sealed class OutcomeUnknownException extends CommandException {

    private static final long serialVersionUID = 1L;

    /** What kept the reply from coming. */
    public enum Reason {
        /** The session ended first. */
        DISCONNECTED,
        /** The command's deadline passed. */
        TIMED_OUT,
        /** The waiting caller was interrupted. */
        INTERRUPTED
    }

    private final Reason reason;

    /** Creates the exception. */
    public OutcomeUnknownException(String commandName, Reason reason, String detail, @Nullable Throwable cause) {
        super(commandName, "has an unknown outcome: " + detail, cause);
        this.reason = reason;
    }

    /** {@return what kept the reply from coming} */
    public Reason reason() {
        return reason;
    }
}
