package dev.qmp.schema;

import dev.qmp.error.Text;
import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One error of a command that a machine would report. Its texts contain names, never a value of the command, because a
 * value can be a secret.
 *
 * @param kind the kind of the error
 * @param place where it is: {@code execute} for the command itself, or a path such as {@code arguments.file.filename}
 * @param detail the error's description
 * @param expected the type that is expected at this place; null unless the type is wrong
 * @param suggestion the nearest name or value that exists; null if there is none
 */
public record CommandProblem(
        Kind kind, String place, String detail, @Nullable String expected, @Nullable String suggestion)
        implements Serializable {
    /** Refuses missing components. */
    public CommandProblem {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(detail, "detail");
    }

    private static final long serialVersionUID = 1L;

    /** The kind of an error. */
    public enum Kind {
        /** The machine has no such command. */
        UNKNOWN_COMMAND,
        /** The command cannot be executed by {@code exec-oob}. */
        NOT_OUT_OF_BAND,
        /** The command takes no such argument. */
        UNKNOWN_ARGUMENT,
        /** A required argument is missing. */
        MISSING_ARGUMENT,
        /** A value has another JSON type than the machine expects. */
        WRONG_TYPE,
        /** The machine accepts only listed strings, and this one is not among them. */
        UNKNOWN_VALUE,
        /** The machine accepts it, but a later version of QEMU will not. */
        DEPRECATED;

        /** {@return whether the machine would reject the command because of it} */
        public boolean isRejected() {
            return this != DEPRECATED;
        }
    }

    /** {@return the nearest name or value that exists} */
    public Optional<String> nearest() {
        return Optional.ofNullable(suggestion);
    }

    /**
     * {@return place, detail and suggestion, escaped and cut, because most names are the machine's} The suggestion
     * precedes a list of values.
     */
    @Override
    public String toString() {
        return Text.printableSentence(text());
    }

    private String text() {
        if (suggestion == null) {
            return place + ": " + detail;
        }
        String question = "did you mean \"" + suggestion + "\"?";
        if (kind == Kind.UNKNOWN_VALUE) {
            return place + ": no such value; " + question + " It " + detail;
        }
        return place + ": " + detail + "; " + question;
    }
}
