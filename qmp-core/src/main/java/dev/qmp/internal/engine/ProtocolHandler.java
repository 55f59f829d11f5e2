package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;

/**
 * A protocol as the engine sees it. It makes one {@link SessionHandler} for each session; what is true of one session
 * only belongs there.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
public interface ProtocolHandler<M> {

    /**
     * Creates the handler of one session, or of one attempt at a session. The transport is open; nothing has been read
     * yet.
     *
     * @param session what the handler may ask of the engine, until the session ends
     */
    SessionHandler<M> newSession(SessionContext<M> session);

    /**
     * The runstate changed. No listener has been called for this change yet. An exception is logged and stops nothing.
     */
    void runstateChanged(RunstateChange change);
}
