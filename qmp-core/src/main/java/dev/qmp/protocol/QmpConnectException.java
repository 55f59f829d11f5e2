package dev.qmp.protocol;

import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;

/** An attempt at a session failed. The runstate is {@code IDLE} again, and nothing is open. */
public class QmpConnectException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final ConnectPhase phase;
    private final boolean retryable;

    /**
     * Creates the exception.
     *
     * @param retryable whether another attempt may succeed without a change of this client
     * @param message the failure and its reason. It is escaped and cut, because it may quote a path or a peer
     */
    public QmpConnectException(ConnectPhase phase, boolean retryable, String message, @Nullable Throwable cause) {
        super(Text.printableSentence(message), cause);
        this.phase = phase;
        this.retryable = retryable;
    }

    /** {@return the phase that the attempt had reached: one of every connection, or one of the protocol} */
    public ConnectPhase phase() {
        return phase;
    }

    /** {@return whether another attempt may succeed without a change of this client} */
    public boolean isRetryable() {
        return retryable;
    }
}
