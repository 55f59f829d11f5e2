package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/** A listener has ended: it was closed, its client was closed, or it fell behind further than its policy allows. */
public class ListenerException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public ListenerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
