package dev.qmp.server.simulation;

import dev.qmp.server.CommandRejection;
import java.util.Base64;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Reads the arguments of a command, and rejects it as QEMU and its agent do if they are missing or broken. */
final class Arguments {

    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");

    private Arguments() {}

    static JsonNode required(JsonNode arguments, String name) throws CommandRejection {
        JsonNode value = arguments.get(name);
        if (value == null) {
            throw new CommandRejection("Parameter '" + name + "' is missing");
        }
        return value;
    }

    static String requiredText(JsonNode arguments, String name) throws CommandRejection {
        JsonNode value = required(arguments, name);
        if (!value.isString()) {
            throw new CommandRejection("Invalid parameter type for '" + name + "', expected: string");
        }
        return value.stringValue();
    }

    /** {@return whether QEMU accepts a text as the id of a job} */
    static boolean isIdentifier(String text) {
        return IDENTIFIER.matcher(text).matches();
    }

    static byte[] base64(String text) throws CommandRejection {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new CommandRejection("Base64 data contains invalid characters");
        }
    }
}
