package dev.qmp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * An attempt at a session failed, because the system refuses further connections to a Unix socket until its server
 * accepts those that wait. A monitor serves one client, so other clients hold it and wait for it. A later attempt can
 * succeed.
 */
public class PeerBusyException extends QmpConnectException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception, which is retryable.
     *
     * @param message the failure and its reason. It is escaped and cut, because it may quote a path
     */
    public PeerBusyException(String message, @Nullable Throwable cause) {
        super(ConnectPhase.TRANSPORT, true, message, cause);
    }
}
