package dev.qmp.protocol;

import dev.qmp.error.QmpException;
import org.jspecify.annotations.Nullable;

/** The runstate does not allow the operation. The call had no effect. */
public class StateException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final Runstate actual;
    private final Runstate required;

    /** Creates the exception. Its text contains the runstate and the remedy. */
    public StateException(String connection, Runstate actual, Runstate required) {
        super(connection + " " + describe(actual, required) + " (" + required + " is required)", null);
        this.actual = actual;
        this.required = required;
    }

    /**
     * Creates the exception with a text of its own.
     *
     * @param message the connection, its situation, and the remedy
     * @param cause the failure that led to the situation; null if there was none
     */
    public StateException(String message, Runstate actual, Runstate required, @Nullable Throwable cause) {
        super(message, cause);
        this.actual = actual;
        this.required = required;
    }

    /**
     * {@return the situation and the remedy} Only {@code accept()} requires {@code CONNECTING}, after {@code
     * startServer()} and before a peer is accepted.
     */
    private static String describe(Runstate actual, Runstate required) {
        boolean toAccept = required == Runstate.CONNECTING;
        return switch (actual) {
            case IDLE -> "is disconnected and idle; " + (toAccept ? "start its server first" : "connect it first");
            case CONNECTING ->
                (toAccept ? "is waiting for its peer or connecting already" : "is still connecting")
                        + "; wait for that, or disconnect it";
            case RUNNING -> "is connected and running already; disconnect it first";
            case DISCONNECTING -> "is disconnecting; wait until it is idle";
        };
    }

    /** {@return the runstate at the call} */
    public Runstate actual() {
        return actual;
    }

    /** {@return the runstate that the operation requires} */
    public Runstate required() {
        return required;
    }
}
