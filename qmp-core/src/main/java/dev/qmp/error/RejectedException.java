package dev.qmp.error;

/** The server answered the command with an error. The connection is not affected. */
public non-sealed class RejectedException extends CommandException {

    private static final long serialVersionUID = 1L;

    private final String errorClass;
    private final String description;

    /** Creates the exception from the server's error. */
    public RejectedException(String commandName, String errorClass, String description) {
        super(commandName, "was rejected: " + Text.printable(errorClass) + ": " + Text.printable(description), null);
        this.errorClass = errorClass;
        this.description = description;
    }

    /** {@return the error's class, such as {@code GenericError}; open-ended} */
    public String errorClass() {
        return errorClass;
    }

    /** {@return the server's text, complete and unescaped} */
    public String description() {
        return description;
    }
}
