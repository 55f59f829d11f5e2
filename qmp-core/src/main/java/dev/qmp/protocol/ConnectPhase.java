package dev.qmp.protocol;

import java.io.Serializable;

/**
 * The phase that an attempt at a session had reached. The constants are the phases of every connection. A protocol
 * whose sessions begin with an exchange of messages has an enum of its own that implements this interface. It enters
 * the phases of that enum by {@link AsyncProtocol#enterPhase}.
 */
public interface ConnectPhase extends Serializable {
    // without default methods, so that BasicPhase can be initialized without this interface

    /** Connecting to the peer: name lookup, sockets, permissions. */
    ConnectPhase TRANSPORT = BasicPhase.TRANSPORT;

    /** The TLS handshake. */
    ConnectPhase TLS = BasicPhase.TLS;

    /** Establishing the session on the open connection, before the protocol has entered a phase of its own. */
    ConnectPhase SESSION = BasicPhase.SESSION;

    /** {@return the failure in this phase, which begins the text of its exceptions, such as {@code cannot connect}} */
    String failure();

    /**
     * {@return whether the peer has proved that it speaks the protocol} Until then, a message that is broken or too
     * long means that the peer speaks another one. Afterwards it may be a message to an earlier client of the peer.
     */
    boolean isPeerKnown();
}
