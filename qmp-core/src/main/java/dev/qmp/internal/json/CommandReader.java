package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads what a client says: a command, or something that becomes the error a server answers it with. */
final class CommandReader {

    private CommandReader() {}

    static QmpMessage read(ByteBuffer frame) {
        JsonNode tree;
        try (JsonParser parser = Json.parser(frame)) {
            Utf8.require(frame);
            parser.nextToken();
            tree = Json.tree(parser);
        } catch (JacksonException e) {
            return refusal(null, "JSON parse error: " + e.getClass().getSimpleName());
        } catch (ProtocolException e) {
            return refusal(null, "JSON parse error: " + e.getMessage());
        }
        if (!(tree instanceof ObjectNode message)) {
            return refusal(null, "QMP input must be a JSON object");
        }
        JsonNode name = message.get("execute");
        if (name == null && !message.has("exec-oob")) {
            return refusal(message.get("id"), "QMP input lacks member 'execute'");
        }
        if (name != null && !name.isString()) {
            return refusal(message.get("id"), "QMP input member 'execute' must be a string");
        }
        try {
            return QmpCommand.fromMessage(message);
        } catch (IllegalArgumentException e) {
            return refusal(message.get("id"), "QMP input is malformed: " + e.getMessage());
        }
    }

    private static QmpReply refusal(@Nullable JsonNode id, String description) {
        return QmpReply.failure(id, new QmpErrorInfo(QmpErrorInfo.GENERIC_ERROR, description));
    }
}
