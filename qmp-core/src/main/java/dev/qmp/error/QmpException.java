package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/** Root of all that this library throws of its own accord. */
public class QmpException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates an exception with a text for people and the failure it stems from, if any. */
    public QmpException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
