package dev.qmp.internal.client;

import dev.qmp.error.MappingException;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.schema.QmpSchema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The readers of replies. */
final class Replies {

    private Replies() {}

    static JsonNode result(QmpReply reply) {
        JsonNode result = reply.result();
        if (result == null) {
            throw new IllegalStateException("a reply of failure has no result");
        }
        return result;
    }

    static QmpSchema schema(QmpReply reply) {
        return QmpSchema.of(result(reply));
    }

    static <T> ReplyReader<T> resultAs(Class<T> type) {
        return reply -> QmpJson.fromTree(result(reply), type);
    }

    static <R extends @Nullable Object> ReplyReader<R> readBy(TypedCommand<R> command) {
        return reply -> read(command, result(reply));
    }

    /**
     * Reads the result of a command. The command was executed, so an exception of the application's reader is a failure
     * of the result.
     */
    static <R extends @Nullable Object> R read(TypedCommand<R> command, JsonNode result) {
        try {
            return command.readResult(result);
        } catch (MappingException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new MappingException(command.getClass().getName() + "#readResult failed", e);
        }
    }

    /**
     * Reads the whole reply, which may be an error, as a message.
     *
     * @param id the id that the caller has given
     */
    record Raw(@Nullable JsonNode id) implements ReplyReader<ObjectNode> {

        @Override
        public ObjectNode read(QmpReply reply) {
            ObjectNode message = QmpJson.object();
            QmpErrorInfo error = reply.error();
            if (error == null) {
                message.set("return", result(reply));
            } else {
                message.putObject("error").put("class", error.errorClass()).put("desc", error.description());
            }
            if (id != null) {
                message.set("id", id.deepCopy()); // the reply belongs to the caller, the id to the command
            }
            return message;
        }

        @Override
        public boolean takesErrors() {
            return true;
        }
    }
}
