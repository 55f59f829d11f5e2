package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;

/** The filter of an awaited event failed, so that nobody can say which event is the one. */
final class FilterException extends ListenerException {

    private static final long serialVersionUID = 1L;

    FilterException(String message, Throwable cause) {
        super(message, cause);
    }
}
