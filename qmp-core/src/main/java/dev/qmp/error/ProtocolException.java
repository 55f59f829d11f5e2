package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/**
 * The peer broke the protocol. The session it happened in is over: after a broken message nothing that follows can be
 * trusted.
 */
public class ProtocolException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Which rule was broken. */
    public enum Violation {
        /** A message is longer than the connection allows. */
        FRAME_TOO_LONG,
        /** The bytes are not a message: bad JSON, bad UTF-8, something else than an object. */
        BAD_MESSAGE,
        /** A message is within its length, but too deep, or made of too many or too long parts. */
        LIMIT,
        /** The connection ended within a message. */
        TRUNCATED,
        /** An error without an id, while no command is on the wire or more than one: it can be of any of them. */
        UNATTRIBUTED_ERROR,
        /** A well-formed message that has no place here. */
        UNEXPECTED
    }

    private final Violation violation;

    /** Creates the exception. */
    public ProtocolException(Violation violation, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.violation = violation;
    }

    /** Creates the exception without a deeper cause. */
    public ProtocolException(Violation violation, String message) {
        this(violation, message, null);
    }

    /** {@return which rule was broken} */
    public Violation violation() {
        return violation;
    }
}
