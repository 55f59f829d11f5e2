package dev.qmp.error;

import org.jspecify.annotations.Nullable;

/** The session ended although nobody on this side asked for it: the peer closed it, stalled, or the transport broke. */
public class ConnectionLostException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final boolean endOfStream;

    /** Creates the exception for a broken or stalled transport. */
    public ConnectionLostException(String message, @Nullable Throwable cause) {
        super(message, cause);
        this.endOfStream = false;
    }

    private ConnectionLostException(String message) {
        super(message, null);
        this.endOfStream = true;
    }

    /** {@return the exception for a peer that closed the connection between two messages} */
    public static ConnectionLostException endOfStream() {
        return new ConnectionLostException("the peer closed the connection");
    }

    /** {@return whether the peer simply closed the connection, as a machine does that ends} */
    public boolean isEndOfStream() {
        return endOfStream;
    }
}
