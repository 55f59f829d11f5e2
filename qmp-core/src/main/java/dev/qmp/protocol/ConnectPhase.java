package dev.qmp.protocol;

/** How far an attempt at a session had come. */
public enum ConnectPhase {
    /** Reaching the peer: names, sockets, permissions. */
    TRANSPORT,
    /** The TLS handshake. */
    TLS,
    /** Waiting for the peer's first message. */
    GREETING,
    /** Agreeing on how to talk. */
    NEGOTIATION,
    /** Making sure that it is the peer that was meant. */
    IDENTITY
}
