package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;

/**
 * A protocol for the engine. It creates one {@link SessionHandler} for each session, which holds all state of that
 * session.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
public interface ProtocolHandler<M> {

    /**
     * Creates the handler of one session, or of one attempt. The transport is open, and no message has been read yet.
     *
     * @param session the engine's methods for the handler, until the session ends
     */
    SessionHandler<M> newSession(SessionContext<M> session);

    /** Called at each change of the runstate, before the listeners. An exception is logged and has no other effect. */
    void runstateChanged(RunstateChange change);
}
