package dev.qmp.error;

/** The command was executed, but its result does not fit the requested type. The connection is not affected. */
public class ResultException extends MappingException {

    private static final long serialVersionUID = 1L;

    private final String commandName;

    /** Creates the exception. */
    public ResultException(String commandName, RuntimeException cause) {
        super(
                Text.printable(commandName) + " succeeded, but its result cannot be mapped: " + cause.getMessage(),
                cause);
        this.commandName = commandName;
    }

    /** {@return the name of the command, unescaped} */
    public String commandName() {
        return commandName;
    }
}
