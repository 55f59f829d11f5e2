package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.schema.CommandProblem;
import dev.qmp.schema.QmpSchema;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The recorded schema of a machine, and the errors with which QEMU rejects a wrong command. */
final class RecordedMachine {

    private static final String ARGUMENTS = "arguments.";

    private final QmpSchema schema;
    private final Supplier<JsonNode> reply;

    /** The reply is read from the jar at each call, because it is large and seldom used. */
    RecordedMachine(String version) {
        this.schema = QmpSchema.recorded(version);
        this.reply = () -> QmpSchema.recordedReply(version);
    }

    RecordedMachine(JsonNode reply) {
        this.schema = QmpSchema.of(reply);
        this.reply = () -> reply;
    }

    /** {@return the reply to {@code query-qmp-schema}} */
    JsonNode schemaReply() {
        return reply.get();
    }

    Set<String> commands() {
        return schema.commands().keySet();
    }

    /**
     * {@return the error with which the machine rejects a command before execution; null if it executes the command}
     */
    @Nullable
    QmpErrorInfo objection(QmpCommand command) {
        return schema.check(command).stream()
                .filter(problem -> problem.kind().isRejected())
                .findFirst()
                .map(problem -> error(command, problem))
                .orElse(null);
    }

    private static QmpErrorInfo error(QmpCommand command, CommandProblem problem) {
        if (problem.kind() == CommandProblem.Kind.UNKNOWN_COMMAND) {
            return new QmpErrorInfo(
                    QmpErrorInfo.COMMAND_NOT_FOUND, "The command " + command.name() + " has not been found");
        }
        return new QmpErrorInfo(QmpErrorInfo.GENERIC_ERROR, description(command, problem));
    }

    private static String description(QmpCommand command, CommandProblem problem) {
        String place =
                problem.place().startsWith(ARGUMENTS) ? problem.place().substring(ARGUMENTS.length()) : problem.place();
        return switch (problem.kind()) {
            case MISSING_ARGUMENT -> "Parameter '" + place + "' is missing";
            case UNKNOWN_ARGUMENT -> "Parameter '" + place + "' is unexpected";
            case WRONG_TYPE -> "Invalid parameter type for '" + place + "', expected: " + typeName(problem.expected());
            case UNKNOWN_VALUE ->
                "Parameter '" + nameOfValue(place) + "' does not accept value '" + valueAt(command, place) + "'";
            case NOT_OUT_OF_BAND -> "The command " + command.name() + " does not support OOB";
            case UNKNOWN_COMMAND, DEPRECATED -> problem.toString();
        };
    }

    /** QEMU names no element of a list. */
    private static String nameOfValue(String place) {
        return place.endsWith("]") ? "null" : place.substring(place.lastIndexOf('.') + 1);
    }

    private static String valueAt(QmpCommand command, String place) {
        JsonNode arguments = command.arguments();
        String pointer = "/" + place.replace('.', '/').replace("[", "/").replace("]", "");
        return arguments == null ? "" : arguments.at(pointer).asString("");
    }

    /**
     * {@return QEMU's word for a type} QEMU names an alternate by its type, whose name is not in the schema. This
     * server describes its choices instead.
     */
    private static String typeName(@Nullable String expected) {
        if (expected == null) {
            return "another";
        }
        if (expected.startsWith("array of ")) {
            return "array";
        }
        if (expected.contains(" or ")) {
            return expected;
        }
        if (expected.startsWith("one of ")) {
            return "string";
        }
        return expected.equals("int") ? "integer" : expected;
    }
}
