package dev.qmp.error;

/** The connection's queue was full when the command was issued. */
public class OverloadException extends NotSentException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public OverloadException(String commandName, int capacity) {
        super(commandName, Reason.OVERLOAD, "the queue is full (" + capacity + " commands, queueCapacity)", null);
    }
}
