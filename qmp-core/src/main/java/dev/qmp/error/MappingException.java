package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/**
 * Data of the server does not fit the requested type. The connection is not affected. The message names the type and
 * the reason. Of the data it quotes only the names on the path to the wrong member.
 */
public class MappingException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public MappingException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
