package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/** The base class of all exceptions of this library. */
public class QmpException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message one sentence for the operator
     * @param cause the deeper failure; null if there is none
     */
    public QmpException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
