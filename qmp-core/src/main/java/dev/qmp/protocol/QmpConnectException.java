package dev.qmp.protocol;

import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;

/** No session came about. The connection is IDLE again and nothing is open. */
public class QmpConnectException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final ConnectPhase phase;
    private final boolean retryable;

    /**
     * Creates the exception.
     *
     * @param retryable whether another attempt may succeed without a change of this client
     * @param message what failed, and why; is escaped and cut, because it may quote a path or a peer
     */
    public QmpConnectException(ConnectPhase phase, boolean retryable, String message, @Nullable Throwable cause) {
        super(Text.printableSentence(message), cause);
        this.phase = phase;
        this.retryable = retryable;
    }

    /** {@return how far the attempt had come} */
    public ConnectPhase phase() {
        return phase;
    }

    /** {@return whether another try may succeed} */
    public boolean isRetryable() {
        return retryable;
    }
}
