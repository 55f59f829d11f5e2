package dev.qmp.error;

/**
 * The client's command policy refuses the command, so the command was not sent. Repeating it is useless while the client has
 * this policy; see {@code QmpClientBuilder.commandPolicy}.
 */
public final class CommandRefusedException extends NotSentException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param policy the policy for a person
     */
    public CommandRefusedException(String commandName, String policy) {
        super(
                Text.printable(commandName),
                Reason.REFUSED,
                "the connection's command policy refuses it (" + policy + ")",
                null);
    }
}
