package dev.qmp.protocol;

/** The phase that an attempt at a session had reached. */
public enum ConnectPhase {
    /** Connecting to the peer: name lookup, sockets, permissions. */
    TRANSPORT,
    /** The TLS handshake. */
    TLS,
    /** Waiting for the peer's first message. */
    GREETING,
    /** Negotiating the session's capabilities. */
    NEGOTIATION,
    /** Checking that the peer is the expected one. */
    IDENTITY
}
