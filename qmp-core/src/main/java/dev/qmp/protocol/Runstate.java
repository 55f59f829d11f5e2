package dev.qmp.protocol;

import java.util.Objects;

/**
 * The state of a connection.
 *
 * <pre>
 *            connect, startServer          session established
 *   ┌──────┐ ────────────────────► ┌────────────┐ ─────────────► ┌─────────┐
 *   │ IDLE │                       │ CONNECTING │                │ RUNNING │
 *   └──────┘ ◄──┐                  └────────────┘                └─────────┘
 *       │       │ session ended           │ failure,                  │ disconnect,
 *       │       │                         │ disconnect                │ peer, error
 *       │  ┌───────────────┐ ◄────────────┘                           │
 *       └─►│ DISCONNECTING │ ◄────────────────────────────────────────┘
 *          └───────────────┘
 * </pre>
 *
 * <p>{@code disconnect()} in {@code IDLE} passes through {@code DISCONNECTING}, too.
 */
public enum Runstate {

    /** Nothing is open, and no attempt is in progress. */
    IDLE,

    /** A connection is being opened or awaited, or its session is being established. */
    CONNECTING,

    /** The session is established, not merely connected: all that the protocol exchanges before is done. */
    RUNNING,

    /** The session, or the attempt, is ending. */
    DISCONNECTING;

    /** {@return whether the next runstate may be the given one} */
    public boolean mayBecome(Runstate next) {
        Objects.requireNonNull(next, "next");
        return switch (this) {
            case IDLE -> next == CONNECTING || next == DISCONNECTING;
            case CONNECTING -> next == RUNNING || next == DISCONNECTING;
            case RUNNING -> next == DISCONNECTING;
            case DISCONNECTING -> next == IDLE;
        };
    }
}
