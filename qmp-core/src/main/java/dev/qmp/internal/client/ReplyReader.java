package dev.qmp.internal.client;

import dev.qmp.error.MappingException;
import dev.qmp.error.ResultException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.schema.QmpSchema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Converts a server's reply into the caller's result. It runs where the caller's future completes, or in the thread of
 * a waiting caller.
 *
 * @param <T> the caller's result
 */
@FunctionalInterface
interface ReplyReader<T extends @Nullable Object> {

    T read(QmpReply reply);

    /** {@return whether an error of the server is a result for the caller, not an exception} */
    default boolean takesErrors() {
        return false;
    }

    /** {@return a reader that returns the reply unchanged, for a waiting caller that reads it in its own thread} */
    default ReplyReader<QmpReply> unread() {
        return takesErrors() ? Unread.REPLY_OR_ERROR : Unread.REPLY;
    }

    /**
     * Reads the reply to a command.
     *
     * @throws ResultException if the result does not fit the type that the caller wants
     */
    static <T extends @Nullable Object> T read(QmpCommand command, ReplyReader<T> reader, QmpReply reply) {
        try {
            return reader.read(reply);
        } catch (MappingException e) {
            throw new ResultException(command.name(), e);
        }
    }

    // ------------------------------------------------------------------ the readers

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

    /**
     * {@return the reader of a typed command} The command was executed, so an exception of the application's code is a
     * failure of the result.
     */
    static <R extends @Nullable Object> ReplyReader<R> resultOf(TypedCommand<R> command) {
        return reply -> {
            try {
                return command.readResult(result(reply));
            } catch (MappingException e) {
                throw e;
            } catch (RuntimeException e) {
                throw new MappingException(command.getClass().getName() + "#readResult failed", e);
            }
        };
    }

    /**
     * Reads the result or the error as a message. Members that QMP does not define are left out.
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

    /** Returns the reply unchanged. */
    enum Unread implements ReplyReader<QmpReply> {
        REPLY,
        REPLY_OR_ERROR;

        @Override
        public QmpReply read(QmpReply reply) {
            return reply;
        }

        @Override
        public boolean takesErrors() {
            return this == REPLY_OR_ERROR;
        }
    }
}
