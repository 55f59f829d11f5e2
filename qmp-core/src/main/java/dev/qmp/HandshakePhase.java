package dev.qmp;

import dev.qmp.protocol.ConnectPhase;

/**
 * The phases of QMP's handshake, in which an attempt can fail with a {@link dev.qmp.protocol.QmpConnectException}. They
 * follow those of every connection, {@link ConnectPhase#TRANSPORT} and {@link ConnectPhase#TLS}.
 */
public enum HandshakePhase implements ConnectPhase {

    /** Waiting for the server's greeting. */
    GREETING("no greeting", false),

    /** Negotiating the session's capabilities. */
    NEGOTIATION("negotiation failed", true),

    /** Checking that the machine is the expected one, and reading its schema. */
    IDENTITY("identity not established", true);

    private final String failure;
    private final boolean peerKnown;

    HandshakePhase(String failure, boolean peerKnown) {
        this.failure = failure;
        this.peerKnown = peerKnown;
    }

    @Override
    public String failure() {
        return failure;
    }

    @Override
    public boolean isPeerKnown() {
        return peerKnown;
    }
}
