package dev.qmp.protocol;

import java.util.Objects;

/**
 * Where a connection stands. Not to be confused with the state of the guest, which {@code query-status} tells.
 *
 * <pre>
 *            connect, startServer          session established
 *   ┌──────┐ ────────────────────► ┌────────────┐ ─────────────► ┌─────────┐
 *   │ IDLE │                       │ CONNECTING │                │ RUNNING │
 *   └──────┘ ◄──┐                  └────────────┘                └─────────┘
 *       │       │ all is quiet            │ failure,                  │ disconnect,
 *       │       │                         │ disconnect                │ peer, error
 *       │  ┌───────────────┐ ◄────────────┘                           │
 *       └─►│ DISCONNECTING │ ◄────────────────────────────────────────┘
 *          └───────────────┘
 * </pre>
 */
public enum Runstate {

    /** Nothing is open and nothing is under way. */
    IDLE,

    /** A connection is being made or awaited, or its session is being established. */
    CONNECTING,

    /** The session is established: for QMP, negotiated and not merely connected. */
    RUNNING,

    /** The session, or the attempt at one, is being taken down. */
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
