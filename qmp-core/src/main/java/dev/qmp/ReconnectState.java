package dev.qmp;

/**
 * What a client does about its next session. The page {@code docs/internals/reconnecting.md} of the module shows the
 * moves between the states.
 */
public enum ReconnectState {
    /** No session is wanted: no attempt is made. */
    STOPPED,
    /** A caller's {@link QmpClient#connect()} is under way. Its failure ends the attempts. */
    CONNECTING_ONCE,
    /** A session is wanted, and an attempt is under way. */
    CONNECTING,
    /** A session is wanted, and there is one, or it is ending. */
    CONNECTED,
    /** A session is wanted, and a delay runs before the next attempt. A caller may attempt to connect meanwhile. */
    WAITING,
    /** A session is wanted; the attempt begins when the last session, or attempt, has ended. */
    RESTARTING
}
