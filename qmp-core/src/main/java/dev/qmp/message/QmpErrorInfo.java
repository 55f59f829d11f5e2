package dev.qmp.message;

import dev.qmp.error.Text;
import java.util.Objects;

/**
 * Why a server rejected a command (QMP specification, section 2.4.2).
 *
 * @param errorClass the class, such as {@code GenericError} or {@code CommandNotFound}; open-ended
 * @param description the text for people; it may quote what the client sent
 */
public record QmpErrorInfo(String errorClass, String description) {
    /** Refuses missing components. */
    public QmpErrorInfo {
        Objects.requireNonNull(errorClass, "errorClass");
        Objects.requireNonNull(description, "description");
    }

    /** The class of nearly every error. */
    public static final String GENERIC_ERROR = "GenericError";

    /** The class that says the server has no such command (or not in this mode). */
    public static final String COMMAND_NOT_FOUND = "CommandNotFound";

    /** Names the class only: the description may hold what must not reach a log. */
    @Override
    public String toString() {
        return "QmpErrorInfo[errorClass=" + Text.printable(errorClass) + "]";
    }
}
