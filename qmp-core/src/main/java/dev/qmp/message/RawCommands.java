package dev.qmp.message;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a whole JSON message as a command. It keeps members that QMP does not define, so that the server can reject
 * them.
 */
final class RawCommands {

    private RawCommands() {}

    static QmpCommand read(ObjectNode message) {
        JsonNode inBand = message.get("execute");
        JsonNode outOfBand = message.get("exec-oob");
        if ((inBand == null) == (outOfBand == null)) {
            throw new IllegalArgumentException("a message needs exactly one of 'execute' and 'exec-oob'");
        }
        JsonNode name = inBand != null ? inBand : outOfBand;
        if (name == null || !name.isString()) {
            throw new IllegalArgumentException("the command's name must be a string");
        }
        QmpCommand command = QmpCommand.named(name.stringValue()).withId(message.get("id"));
        QmpCommand complete = command.withRawMembers(copyOf(message.get("arguments")), extraOf(message));
        return inBand != null ? complete : complete.outOfBand();
    }

    private static @Nullable JsonNode copyOf(@Nullable JsonNode node) {
        return node == null ? null : QmpJson.toTree(node);
    }

    private static @Nullable ObjectNode extraOf(ObjectNode message) {
        ObjectNode extra = QmpJson.object();
        for (Map.Entry<String, JsonNode> member : message.properties()) {
            switch (member.getKey()) {
                case "execute", "exec-oob", "arguments", "id" -> {}
                default -> extra.set(member.getKey(), QmpJson.toTree(member.getValue()));
            }
        }
        return extra.isEmpty() ? null : extra;
    }
}
