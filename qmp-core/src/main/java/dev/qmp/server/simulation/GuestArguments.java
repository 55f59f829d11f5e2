package dev.qmp.server.simulation;

import dev.qmp.server.CommandRejection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The arguments of an agent's commands, and the errors with which an agent 7.2 rejects others. */
final class GuestArguments {

    private static final Map<String, List<Parameter>> OF_COMMANDS = Map.ofEntries(
            Map.entry(
                    "guest-exec",
                    List.of(
                            required("path", Type.STRING),
                            optional("arg", Type.ARRAY),
                            optional("env", Type.ARRAY),
                            optional("input-data", Type.STRING),
                            optional("capture-output", Type.BOOLEAN))),
            Map.entry("guest-exec-status", List.of(required("pid", Type.INTEGER))),
            Map.entry("guest-file-open", List.of(required("path", Type.STRING), optional("mode", Type.STRING))),
            Map.entry("guest-file-close", List.of(required("handle", Type.INTEGER))),
            Map.entry("guest-file-flush", List.of(required("handle", Type.INTEGER))),
            Map.entry("guest-file-read", List.of(required("handle", Type.INTEGER), optional("count", Type.INTEGER))),
            Map.entry(
                    "guest-file-write",
                    List.of(
                            required("handle", Type.INTEGER),
                            required("buf-b64", Type.STRING),
                            optional("count", Type.INTEGER))),
            Map.entry(
                    "guest-file-seek",
                    List.of(
                            required("handle", Type.INTEGER),
                            required("offset", Type.INTEGER),
                            required("whence", Type.WHENCE))),
            Map.entry("guest-fsfreeze-freeze-list", List.of(optional("mountpoints", Type.ARRAY))),
            Map.entry("guest-shutdown", List.of(optional("mode", Type.STRING))));

    private enum Type {
        STRING,
        INTEGER,
        BOOLEAN,
        /** An array of strings. */
        ARRAY,
        /** A number or a string. */
        WHENCE;

        boolean accepts(JsonNode value) {
            return switch (this) {
                case STRING -> value.isString();
                case INTEGER -> value.isIntegralNumber();
                case BOOLEAN -> value.isBoolean();
                case ARRAY -> value.isArray();
                case WHENCE -> value.isString() || value.isIntegralNumber();
            };
        }

        /** {@return the agent's word for the type} */
        String word() {
            return this == WHENCE ? "GuestFileWhence" : name().toLowerCase(Locale.ROOT);
        }
    }

    private record Parameter(String name, Type type, boolean isRequired) {}

    private GuestArguments() {}

    private static Parameter required(String name, Type type) {
        return new Parameter(name, type, true);
    }

    private static Parameter optional(String name, Type type) {
        return new Parameter(name, type, false);
    }

    /** Rejects missing and unknown arguments, and values of another type. */
    static void check(String command, JsonNode arguments) throws CommandRejection {
        List<Parameter> parameters = OF_COMMANDS.getOrDefault(command, List.of());
        for (Parameter parameter : parameters) {
            if (parameter.isRequired() || arguments.has(parameter.name())) {
                check(parameter, Arguments.required(arguments, parameter.name()));
            }
        }
        for (String name : arguments.propertyNames()) {
            if (parameters.stream().noneMatch(parameter -> parameter.name().equals(name))) {
                throw new CommandRejection("Parameter '" + name + "' is unexpected");
            }
        }
    }

    private static void check(Parameter parameter, JsonNode value) throws CommandRejection {
        check(parameter.name(), parameter.type(), value);
        if (parameter.type() == Type.ARRAY) {
            for (int i = 0; i < value.size(); i++) {
                check(parameter.name() + "[" + i + "]", Type.STRING, value.get(i));
            }
        }
    }

    private static void check(String place, Type type, JsonNode value) throws CommandRejection {
        if (!type.accepts(value)) {
            throw new CommandRejection("Invalid parameter type for '" + place + "', expected: " + type.word());
        }
    }
}
