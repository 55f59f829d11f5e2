package dev.qmp.error;

/** The command was executed, but its result does not fit the type the caller asked for. The connection is fine. */
public class ResultException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public ResultException(String commandName, RuntimeException cause) {
        super(commandName + " succeeded, but its result cannot be mapped: " + cause.getMessage(), cause);
    }
}
