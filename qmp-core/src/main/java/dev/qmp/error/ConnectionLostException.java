package dev.qmp.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The session ended without a request of this side: the peer closed it or stalled, or the transport broke. A wait for
 * an event fails with it at every end of its session, also at one that this side requested.
 */
public class ConnectionLostException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final boolean endOfStream;
    private final boolean expected;

    /** Creates the exception for a broken or stalled transport. */
    public ConnectionLostException(String message, @Nullable Throwable cause) {
        super(message, cause);
        this.endOfStream = false;
        this.expected = false;
    }

    private ConnectionLostException(String message, boolean expected) {
        super(message, null);
        this.endOfStream = true;
        this.expected = expected;
    }

    /** {@return the exception for a peer that closed the connection between two messages} */
    public static ConnectionLostException endOfStream() {
        return new ConnectionLostException("the peer closed the connection", false);
    }

    /** {@return the exception for a peer that announced its end and then closed the connection between two messages} */
    public static ConnectionLostException expectedEndOfStream() {
        return new ConnectionLostException("the peer shut down and closed the connection", true);
    }

    /**
     * {@return the exception for a peer that announced its end with a reason and then closed the connection}
     *
     * @param reason the reason, printable
     */
    public static ConnectionLostException expectedEndOfStream(String reason) {
        Objects.requireNonNull(reason, "reason");
        return new ConnectionLostException("the peer shut down (" + reason + ") and closed the connection", true);
    }

    /**
     * {@return the exception for a peer that announced a failure of its own and then closed the connection} It is not
     * {@link #isExpected() expected}.
     *
     * @param reason the failure, printable
     */
    public static ConnectionLostException crashed(String reason) {
        Objects.requireNonNull(reason, "reason");
        return new ConnectionLostException("the peer crashed (" + reason + ") and closed the connection", false);
    }

    /** {@return whether the peer closed the connection between two messages, as a machine does at its end} */
    public boolean isEndOfStream() {
        return endOfStream;
    }

    /**
     * {@return whether the peer had announced an orderly end; a machine does that by its event {@code SHUTDOWN}}
     * Otherwise it crashed, was killed, or its monitor was closed.
     */
    public boolean isExpected() {
        return expected;
    }
}
