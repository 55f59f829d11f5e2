package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/**
 * There is no event to wait for: the listener was closed, its client was closed, it fell behind further than its policy
 * allows, its filter threw, its executor was shut down, or the session has ended and the client does not connect again
 * by itself.
 */
public class ListenerException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public ListenerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
