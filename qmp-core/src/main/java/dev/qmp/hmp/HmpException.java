package dev.qmp.hmp;

import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import java.util.Objects;

/**
 * The human monitor executed a command line and printed an error instead of a result. The machine may have done a part
 * of the work.
 *
 * <p>The message quotes the error's text, escaped and shortened. Of the command line it contains only the command's
 * name.
 */
public final class HmpException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final String command;
    private final String text;

    /** The kind of the text. */
    public enum Kind {
        /** This version of QEMU has no such command. The command line had no effect. */
        UNKNOWN_COMMAND,
        /** The arguments do not fit the command. The command line had no effect. */
        WRONG_ARGUMENTS,
        /** The command failed. */
        FAILED,
        /** The command printed text although it should print none. */
        UNEXPECTED_TEXT
    }

    HmpException(Kind kind, String command, String text) {
        super("HMP " + Text.printable(command) + ": " + Text.printableSentence(text.strip()), null);
        this.kind = kind;
        this.command = command;
        this.text = Objects.requireNonNull(text, "text");
    }

    /** {@return the kind of the text} */
    public Kind kind() {
        return kind;
    }

    /** {@return the command's name, without its arguments} */
    public String command() {
        return command;
    }

    /** {@return the whole text, unescaped} */
    public String text() {
        return text;
    }
}
