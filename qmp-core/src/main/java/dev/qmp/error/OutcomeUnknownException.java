package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/**
 * The command was passed to the socket, and no reply arrived. It may have been executed, be executing, or never have
 * reached the machine. Query the machine's state before you send the command again.
 */
public non-sealed class OutcomeUnknownException extends CommandException {

    private static final long serialVersionUID = 1L;

    /** The reason why no reply was received. */
    public enum Reason {
        /** The session ended before the reply, or a {@linkplain dev.qmp.agent.GuestFile guest's file} was lost. */
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

    /** {@return the reason why no reply was received} */
    public Reason reason() {
        return reason;
    }
}
