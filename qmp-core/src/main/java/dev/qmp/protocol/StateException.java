package dev.qmp.protocol;

import dev.qmp.error.QmpException;
import org.jspecify.annotations.Nullable;

/** An operation was asked for in a runstate that does not allow it. Nothing was touched. */
public class StateException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final Runstate actual;
    private final Runstate required;

    /** Creates the exception; its text tells the runstate and what to do about it. */
    public StateException(String connection, Runstate actual, Runstate required) {
        super(connection + " " + describe(actual, required) + " (" + required + " is required)", null);
        this.actual = actual;
        this.required = required;
    }

    /**
     * Creates the exception with a text of its own.
     *
     * @param message the connection, its situation, and what to do about it
     * @param cause the failure that led to the situation, null for none
     */
    public StateException(String message, Runstate actual, Runstate required, @Nullable Throwable cause) {
        super(message, cause);
        this.actual = actual;
        this.required = required;
    }

    /**
     * Only to accept a peer requires CONNECTING, and of that the part in which nothing but the listening is under way.
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

    /** {@return the runstate that was seen} */
    public Runstate actual() {
        return actual;
    }

    /** {@return the runstate the operation needs} */
    public Runstate required() {
        return required;
    }
}
