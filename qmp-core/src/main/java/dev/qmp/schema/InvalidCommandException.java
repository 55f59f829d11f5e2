package dev.qmp.schema;

import dev.qmp.error.NotSentException;
import dev.qmp.error.Text;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The machine would reject the command, as its own schema shows, so the command was not sent. Only a client whose
 * {@link dev.qmp.QmpClientBuilder#commandCheck} is {@code REFUSE} throws it.
 */
public final class InvalidCommandException extends NotSentException {

    private static final long serialVersionUID = 1L;

    private final List<CommandProblem> problems;

    /** Creates the exception; its message lists the problems, and is cut after 2000 characters of them. */
    public InvalidCommandException(String commandName, String machine, List<CommandProblem> problems) {
        super(
                commandName,
                Reason.INVALID,
                machine + " would reject it: "
                        + Text.printableSentence(
                                problems.stream().map(CommandProblem::toString).collect(Collectors.joining("; "))),
                null);
        this.problems = List.copyOf(problems);
    }

    /** {@return the errors that the machine would report} */
    public List<CommandProblem> problems() {
        return problems;
    }
}
