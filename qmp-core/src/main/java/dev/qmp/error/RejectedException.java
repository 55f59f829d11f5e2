package dev.qmp.error;

import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.Text;

/** The server answered the command with an error. The connection is fine. */
public non-sealed class RejectedException extends CommandException {

    private static final long serialVersionUID = 1L;

    private final String errorClass;
    private final String description;

    /** Creates the exception from the server's error. */
    public RejectedException(String commandName, QmpErrorInfo error) {
        super(
                commandName,
                "was rejected: " + Text.printable(error.errorClass()) + ": " + Text.printable(error.description()),
                null);
        this.errorClass = error.errorClass();
        this.description = error.description();
    }

    /** {@return the error's class, such as {@code GenericError}; open-ended} */
    public String errorClass() {
        return errorClass;
    }

    /** {@return the server's text, unescaped and whole} */
    public String description() {
        return description;
    }
}
