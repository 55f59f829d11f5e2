package dev.qmp.message;

import dev.qmp.error.Text;
import java.util.Objects;

/**
 * The error with which a server rejects a command (QMP specification, section 2.4.2).
 *
 * @param errorClass the class, such as {@code GenericError} or {@code CommandNotFound}; open-ended
 * @param description the text for the operator; it may quote data of the client
 */
public record QmpErrorInfo(String errorClass, String description) {
    /** Refuses missing components. */
    public QmpErrorInfo {
        Objects.requireNonNull(errorClass, "errorClass");
        Objects.requireNonNull(description, "description");
    }

    /** The class of nearly all errors. */
    public static final String GENERIC_ERROR = "GenericError";

    /** The class for a command that the server does not have, or not in its present mode. */
    public static final String COMMAND_NOT_FOUND = "CommandNotFound";

    /** {@return the class only, because the description may contain data that must not reach a log} */
    @Override
    public String toString() {
        return "QmpErrorInfo[errorClass=" + Text.printable(errorClass) + "]";
    }
}
