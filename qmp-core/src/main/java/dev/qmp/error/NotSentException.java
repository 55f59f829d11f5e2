package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/** The command was certainly not executed: no byte of it was sent. It is safe to send it again. */
public non-sealed class NotSentException extends CommandException {

    private static final long serialVersionUID = 1L;

    /** The reason why the command was not sent. */
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
        /**
         * The command is too large, cannot be encoded, or is not possible on this connection, or its {@linkplain
         * dev.qmp.agent.GuestFile guest's file} is lost.
         */
        UNSENDABLE,
        /** The machine would reject the command, as its schema shows; see {@code QmpClientBuilder.commandCheck}. */
        INVALID,
        /** The client's command policy refuses the command; see {@code QmpClientBuilder.commandPolicy}. */
        REFUSED
    }

    private final Reason reason;

    /** Creates the exception. */
    public NotSentException(String commandName, Reason reason, String detail, @Nullable Throwable cause) {
        super(commandName, "was not sent: " + detail, cause);
        this.reason = reason;
    }

    /** {@return the reason why the command was not sent} */
    public Reason reason() {
        return reason;
    }
}
