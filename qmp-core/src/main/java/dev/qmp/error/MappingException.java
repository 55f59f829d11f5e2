package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/**
 * What the server sent does not fit the type that it was wanted as. The connection is fine. The message names both, and
 * quotes nothing of the data but the names on the path to what does not fit.
 */
public class MappingException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public MappingException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
