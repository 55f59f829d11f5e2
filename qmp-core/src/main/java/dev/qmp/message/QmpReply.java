package dev.qmp.message;

import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The answer to one command: a result or an error (QMP specification, section 2.4).
 *
 * @param id the id of the command that is answered; null if the server could not tell which
 * @param result the value of {@code return}; null exactly when the server answered with an error
 * @param error the error; null exactly when there is a result
 */
public record QmpReply(@Nullable JsonNode id, @Nullable JsonNode result, @Nullable QmpErrorInfo error)
        implements QmpMessage {

    /** Refuses a reply that is neither or both. */
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

    /** Says what kind of reply this is, never what it carries. */
    @Override
    public String toString() {
        return "QmpReply[" + (error == null ? "success" : Text.printable(error.errorClass())) + "]";
    }
}
