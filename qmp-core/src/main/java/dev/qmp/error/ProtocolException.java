package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/** The peer violated the protocol. The session has ended, because the data after a wrong message cannot be trusted. */
public class ProtocolException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** The violated rule. */
    public enum Violation {
        /** A message is longer than the connection's limit. */
        FRAME_TOO_LONG,
        /** The bytes are not a message: wrong JSON, wrong UTF-8, or a value other than an object. */
        BAD_MESSAGE,
        /** A message is within its length, but nested too deep, or has too many or too long parts. */
        LIMIT,
        /** The connection ended within a message. */
        TRUNCATED,
        /**
         * An error arrived without an id while no command is on the wire, or more than one. It cannot be assigned to a
         * command.
         */
        UNATTRIBUTED_ERROR,
        /** A JSON object is not exactly one message of the protocol, or it arrived at a wrong time. */
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

    /** {@return the violated rule} */
    public Violation violation() {
        return violation;
    }
}
