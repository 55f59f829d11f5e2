package dev.qmp.error;

import java.time.Duration;

/**
 * The command was written, and no reply arrived before its deadline, which counts from its issue. The command may still
 * be executing. Its late reply will be dropped, and until then it holds its place on the wire.
 */
public class CommandTimeoutException extends OutcomeUnknownException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public CommandTimeoutException(String commandName, Duration timeout) {
        super(commandName, Reason.TIMED_OUT, "no reply within " + timeout.toMillis() + " ms", null);
    }
}
