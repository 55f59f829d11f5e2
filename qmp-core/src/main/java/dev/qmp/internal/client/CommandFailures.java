package dev.qmp.internal.client;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.StateException;
import org.jspecify.annotations.Nullable;

/** Creates the failures of commands that get no reply. */
final class CommandFailures {

    private CommandFailures() {}

    /** {@return the failure of a command without a session that is {@code RUNNING}} */
    static NotSentException notConnected(QmpCommand command, StateException why) {
        return new NotSentException(
                command.name(), NotSentException.Reason.NOT_CONNECTED, String.valueOf(why.getMessage()), why);
    }

    /**
     * {@return the failure of a command that was not queued because of a failure} If it cannot be created, for example
     * because there is no memory, the given failure itself is returned.
     */
    static Throwable notQueued(PendingCommand<?> command, Throwable cause) {
        try {
            return new NotSentException(
                    command.command().name(), NotSentException.Reason.DISCONNECTED, "the session failed", cause);
        } catch (Throwable e) {
            return cause;
        }
    }

    /** {@return the failure of a command that left the queue and was not written} */
    static NotSentException withdrawn(PendingCommand<?> command, NotSentException.Reason reason, String detail) {
        return new NotSentException(command.command().name(), reason, detail, null);
    }

    /** {@return the failure of a queued command whose session ended} */
    static NotSentException notSent(PendingCommand<?> command, @Nullable Throwable cause) {
        return new NotSentException(
                command.command().name(),
                NotSentException.Reason.DISCONNECTED,
                "the session ended while it was queued",
                cause);
    }

    /** {@return the failure of a written command whose caller was interrupted} */
    static OutcomeUnknownException interrupted(PendingCommand<?> command, String detail) {
        return new OutcomeUnknownException(
                command.command().name(), OutcomeUnknownException.Reason.INTERRUPTED, detail, null);
    }

    /** {@return the failure of a written command whose session ended or failed} */
    static OutcomeUnknownException outcomeUnknown(PendingCommand<?> command, String detail, @Nullable Throwable cause) {
        return new OutcomeUnknownException(
                command.command().name(), OutcomeUnknownException.Reason.DISCONNECTED, detail, cause);
    }
}
