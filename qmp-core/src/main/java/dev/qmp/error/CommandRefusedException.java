package dev.qmp.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The client's command policy refuses the command, so the command was not sent. The same client refuses it every time;
 * see {@code QmpClientBuilder.commandPolicy}.
 */
public final class CommandRefusedException extends NotSentException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param policy the policy, as text for the message
     */
    public CommandRefusedException(String commandName, String policy) {
        this("the connection's command policy refuses it (" + policy + ")", commandName, null);
    }

    private CommandRefusedException(String detail, String commandName, @Nullable Throwable cause) {
        super(commandName, Reason.REFUSED, detail, cause);
    }

    /**
     * {@return the exception for a refusal by the client of another instance}
     *
     * @param detail the text that follows {@code was not sent:} in the message
     */
    public static CommandRefusedException because(String commandName, String detail) {
        Objects.requireNonNull(commandName, "commandName");
        Objects.requireNonNull(detail, "detail");
        return new CommandRefusedException(detail, commandName, null);
    }
}
