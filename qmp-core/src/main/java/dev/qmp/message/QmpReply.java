package dev.qmp.message;

import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The reply to one command: a result or an error (QMP specification, section 2.4).
 *
 * @param id the id of the answered command; null if the server could not determine it
 * @param result the value of {@code return}; null exactly when the server answered with an error
 * @param error the error; null exactly when there is a result
 */
public record QmpReply(@Nullable JsonNode id, @Nullable JsonNode result, @Nullable QmpErrorInfo error)
        implements QmpMessage {

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException unless there is exactly one of result and error
     */
    public QmpReply {
        if ((result == null) == (error == null)) {
            throw new IllegalArgumentException("a reply holds either a result or an error");
        }
    }

    /** {@return a reply of success} */
    public static QmpReply success(@Nullable JsonNode id, JsonNode result) {
        return new QmpReply(id, result, null);
    }

    /** {@return a reply of failure} */
    public static QmpReply failure(@Nullable JsonNode id, QmpErrorInfo error) {
        return new QmpReply(id, null, error);
    }

    /** {@return the kind of the reply, never its content} */
    @Override
    public String toString() {
        return "QmpReply[" + (error == null ? "success" : Text.printable(error.errorClass())) + "]";
    }
}
