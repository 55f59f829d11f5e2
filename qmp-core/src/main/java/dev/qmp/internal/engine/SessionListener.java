package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;

/** What a session tells the engine. */
@BottomHalf
interface SessionListener {

    /** The session cannot go on. */
    void sessionFailed(Throwable cause);

    /** A message came or went: whoever waits for silence may look again. */
    void sessionMoved();
}
