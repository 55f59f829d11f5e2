package dev.qmp.server.simulation;

import dev.qmp.server.CommandRejection;
import java.util.Base64;
import tools.jackson.databind.JsonNode;

/** Reads the arguments of a command, and rejects it as an agent does if they are missing or broken. */
final class Arguments {

    private Arguments() {}

    static JsonNode required(JsonNode arguments, String name) throws CommandRejection {
        JsonNode value = arguments.get(name);
        if (value == null) {
            throw new CommandRejection("Parameter '" + name + "' is missing");
        }
        return value;
    }

    static byte[] base64(String text) throws CommandRejection {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new CommandRejection("Base64 data contains invalid characters");
        }
    }
}
