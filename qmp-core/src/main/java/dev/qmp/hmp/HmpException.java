package dev.qmp.hmp;

import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import java.util.Objects;

/**
 * The human monitor executed a command line and printed an error instead of a result. The machine may have done a part
 * of the work.
 *
 * <p>The message quotes the error's text, escaped and shortened, and of the command line only the command's name.
 */
public final class HmpException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final String command;
    private final String text;

    /** What the text is taken for. */
    public enum Kind {
        /** There is no such command in this version of QEMU. Nothing was done. */
        UNKNOWN_COMMAND,
        /** The arguments do not fit the command. Nothing was done. */
        WRONG_ARGUMENTS,
        /** The command failed. */
        FAILED,
        /** The command printed text, and was expected to print none. */
        UNEXPECTED_TEXT
    }

    HmpException(Kind kind, String command, String text) {
        super("HMP " + Text.printable(command) + ": " + Text.printableSentence(text.strip()), null);
        this.kind = kind;
        this.command = command;
        this.text = Objects.requireNonNull(text, "text");
    }

    /** {@return what the text is taken for} */
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
