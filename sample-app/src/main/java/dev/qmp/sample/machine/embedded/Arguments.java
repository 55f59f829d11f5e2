package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandRejection;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The arguments of one command, checked as strictly as by QEMU, with QEMU's error texts. */
final class Arguments {

    private final JsonNode members;

    private Arguments(JsonNode members) {
        this.members = members;
    }

    /** {@return the arguments of a command that accepts only the given names} */
    static Arguments of(QmpCommand command, String... known) throws CommandRejection {
        if (command.isOutOfBand()) {
            throw new CommandRejection("The command " + command.name() + " does not support OOB");
        }
        return ofEitherBand(command, known);
    }

    /** {@return the arguments of a command that can also be executed out of band} */
    static Arguments ofEitherBand(QmpCommand command, String... known) throws CommandRejection {
        JsonNode members = command.arguments() == null ? QmpJson.object() : command.arguments();
        if (!members.isObject()) {
            throw new CommandRejection("QMP input member 'arguments' must be an object");
        }
        Set<String> names = Set.of(known);
        for (String name : members.propertyNames()) {
            if (!names.contains(name)) {
                throw new CommandRejection("Parameter '" + name + "' is unexpected");
            }
        }
        return new Arguments(members);
    }

    String text(String name) throws CommandRejection {
        String value = optionalText(name);
        if (value == null) {
            throw new CommandRejection("Parameter '" + name + "' is missing");
        }
        return value;
    }

    @Nullable
    String optionalText(String name) throws CommandRejection {
        JsonNode value = members.get(name);
        if (value != null && !value.isString()) {
            throw invalid(name, "string");
        }
        return value == null ? null : value.stringValue();
    }

    long number(String name, long absent) throws CommandRejection {
        JsonNode value = members.get(name);
        if (value == null) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw invalid(name, "integer");
        }
        return value.longValue();
    }

    JsonNode list(String name) throws CommandRejection {
        JsonNode value = members.get(name);
        if (value == null) {
            throw new CommandRejection("Parameter '" + name + "' is missing");
        }
        if (!value.isArray()) {
            throw invalid(name, "array");
        }
        return value;
    }

    private static CommandRejection invalid(String name, String expected) {
        return new CommandRejection("Invalid parameter type for '" + name + "', expected: " + expected);
    }
}
