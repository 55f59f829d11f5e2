package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/**
 * The server executed the command and replied with success, but the event that completes the command was not received.
 * Subtypes: {@code dev.qmp.event.FailedByEventException} (an event reported a failure) and {@code
 * dev.qmp.event.EventNotSeenException} (the wait ended without the event). Both carry the value of the reply.
 *
 * <p>The command no longer holds a place on the wire. Do not send it again before the state of the machine is known.
 */
public abstract non-sealed class NotCompletedException extends CommandException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    protected NotCompletedException(String commandName, String message, @Nullable Throwable cause) {
        super(commandName, message, cause);
    }
}
