package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/**
 * The listener receives no more events, for one of these reasons:
 *
 * <ul>
 * <li>the listener or its client was closed
 * <li>it fell behind further than its policy allows
 * <li>its filter threw an exception, or its executor was shut down
 * <li>the session has ended and the client does not reconnect
 * </ul>
 */
public class ListenerException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public ListenerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
