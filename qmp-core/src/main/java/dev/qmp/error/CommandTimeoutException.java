package dev.qmp.error;

import java.time.Duration;

/**
 * The command was written, and no reply arrived before its deadline, which counts from its issue. The command may still be executing: its late reply will be dropped, and
 * until then it holds one of the places on the wire.
 */
public class CommandTimeoutException extends OutcomeUnknownException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public CommandTimeoutException(String commandName, Duration timeout) {
        this(commandName, "no reply", timeout);
    }

    private CommandTimeoutException(String commandName, String missing, Duration timeout) {
        super(commandName, Reason.TIMED_OUT, missing + " within " + timeout.toMillis() + " ms", null);
    }

    /** {@return the exception for a command that was answered, but whose event did not come in time} */
    public static CommandTimeoutException withoutEvent(String commandName, Duration timeout) {
        return new CommandTimeoutException(commandName, "its event did not come", timeout);
    }
}
