package dev.qmp.internal.client;

import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One line with the structure of a message: the names of commands, events and members, and the type of each value
 * instead of the value. It has {@value #MAX_LENGTH} characters at most.
 */
final class RedactedMessage {

    static final int MAX_LENGTH = 1000;

    private static final int MAX_DEPTH = 32;

    private final StringBuilder text = new StringBuilder();
    private final Predicate<JsonNode> isOwnId;

    private RedactedMessage(Predicate<JsonNode> isOwnId) {
        this.isOwnId = isOwnId;
    }

    /** {@return the message, redacted} An id is contained if it is the client's own. */
    static String of(QmpMessage message, Predicate<JsonNode> isOwnId) {
        RedactedMessage redacted = new RedactedMessage(isOwnId);
        redacted.append(message);
        return redacted.bounded();
    }

    private String bounded() {
        if (text.length() > MAX_LENGTH) {
            text.setLength(MAX_LENGTH - 1);
            text.append('…');
        }
        return text.toString();
    }

    private void append(QmpMessage message) {
        if (message instanceof QmpCommand command) {
            appendCommand(command);
        } else if (message instanceof QmpReply reply) {
            if (reply.error() == null) {
                appendMember("{", "return", reply.result());
            } else {
                text.append("{\"error\": {\"class\": string, \"desc\": string}");
            }
            appendId(reply.id());
        } else if (message instanceof QmpEvent event) {
            text.append("{\"event\": \"").append(Text.printable(event.name())).append('"');
            appendMember(", ", "data", event.data());
            text.append('}');
        } else {
            text.append("{\"QMP\": {\"version\": object, \"capabilities\": array}}");
        }
    }

    private void appendCommand(QmpCommand command) {
        text.append(command.isOutOfBand() ? "{\"exec-oob\": \"" : "{\"execute\": \"")
                .append(Text.printable(command.name()))
                .append('"');
        appendMember(", ", "arguments", command.arguments());
        if (command.extra() != null) {
            for (Map.Entry<String, JsonNode> member : command.extra().properties()) {
                appendMember(", ", member.getKey(), member.getValue());
            }
        }
        appendId(command.id());
    }

    private void appendId(@Nullable JsonNode id) {
        if (id != null) {
            text.append(", \"id\": ").append(isOwnId.test(id) ? '"' + id.asString("") + '"' : typeOf(id));
        }
        text.append('}');
    }

    private void appendMember(String before, String name, @Nullable JsonNode value) {
        if (value != null && text.length() <= MAX_LENGTH) {
            text.append(before).append('"').append(Text.printable(name)).append("\": ");
            appendValue(value, 1);
        }
    }

    private void appendValue(JsonNode value, int depth) {
        if (depth > MAX_DEPTH || !value.isContainer() || value.isEmpty()) {
            text.append(typeOf(value));
        } else if (value.isObject()) {
            appendObject(value, depth);
        } else {
            text.append('[');
            appendValue(value.get(0), depth + 1);
            text.append(value.size() == 1 ? "]" : ", " + (value.size() - 1) + " more]");
        }
    }

    private void appendObject(JsonNode object, int depth) {
        String before = "{";
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            if (text.length() > MAX_LENGTH) {
                return;
            }
            text.append(before)
                    .append('"')
                    .append(Text.printable(member.getKey()))
                    .append("\": ");
            appendValue(member.getValue(), depth + 1);
            before = ", ";
        }
        text.append('}');
    }

    private static String typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "string";
            case NUMBER -> "number";
            case BOOLEAN -> "boolean";
            case NULL -> "null";
            case OBJECT -> value.isEmpty() ? "{}" : "object";
            case ARRAY -> value.isEmpty() ? "[]" : "array";
            default -> "value";
        };
    }
}
