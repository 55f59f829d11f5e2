package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/** A command did not succeed. The subtype states how much is known of its execution. */
public abstract sealed class CommandException extends QmpException
        permits NotSentException, RejectedException, OutcomeUnknownException, NotCompletedException {

    private static final long serialVersionUID = 1L;

    private final String commandName;

    CommandException(String commandName, String message, @Nullable Throwable cause) {
        super(Text.printable(commandName) + " " + message, cause);
        this.commandName = commandName;
    }

    /** {@return the name of the command, unescaped} */
    public String commandName() {
        return commandName;
    }
}
