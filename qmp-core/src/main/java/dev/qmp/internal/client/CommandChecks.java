package dev.qmp.internal.client;

import dev.qmp.CommandCheck;
import dev.qmp.error.NotSentException;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.UpperHalf;
import dev.qmp.schema.CommandProblem;
import dev.qmp.schema.InvalidCommandException;
import dev.qmp.schema.QmpSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Checks each command against the schema of the session's machine, as {@link CommandCheck} states. */
@UpperHalf
final class CommandChecks {

    private final CommandCheck check;
    private final Logger logger;
    private final ServerRecord record;

    CommandChecks(CommandCheck check, String client, ServerRecord record) {
        this.check = check;
        this.logger = ConnectionLogger.of(CommandChecks.class, client);
        this.record = record;
    }

    /**
     * Refuses a command that the machine would reject, or logs its problems, once each.
     *
     * @return the refusal; null if the command may be sent, or if the machine's schema is not known
     */
    @Nullable
    NotSentException refuseInvalid(QmpCommand command, QmpSession session) {
        MachineSchema machine = session.schema();
        QmpSchema schema = machine.known();
        if (schema == null) {
            return null;
        }
        List<CommandProblem> problems = schema.check(command);
        List<CommandProblem> rejected =
                problems.stream().filter(problem -> problem.kind().isRejected()).toList();
        if (check == CommandCheck.REFUSE && !rejected.isEmpty()) {
            return new InvalidCommandException(command.name(), machineName(), rejected);
        }
        for (CommandProblem problem : problems) {
            if (machine.markReported(command.name(), problem)) {
                logger.warn("Check of the command {}: {} ({})", Text.printable(command.name()), problem, machineName());
            }
        }
        return null;
    }

    private String machineName() {
        QmpGreeting greeting = record.greeting();
        return greeting == null ? "this machine" : "this machine (QEMU " + greeting.version() + ")";
    }
}
