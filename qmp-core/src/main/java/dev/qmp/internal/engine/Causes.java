package dev.qmp.internal.engine;

import dev.qmp.error.Text;

/** The text of a cause in the message of a failure. */
public final class Causes {

    private Causes() {}

    /** {@return the message of a cause on one line, printable; the name of its class if it has none} */
    public static String text(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : Text.printableSentence(message);
    }
}
