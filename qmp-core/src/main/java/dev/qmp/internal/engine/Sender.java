package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import org.jspecify.annotations.Nullable;

/**
 * Accepts the messages of one session, on the event loop. After the session's end, it reports each message as unsent.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
public interface Sender<M> {

    /**
     * Queues a message. {@link SessionHandler#sent} or {@link SessionHandler#unsent} follows; neither, if the session
     * ended when some bytes may have been written. While the session is being established, the message is written at
     * once.
     */
    void send(M message);

    /**
     * Queues a message that overtakes the others. {@link SessionHandler#maySendUrgent} decides when it is written. A
     * session that drains still sends urgent messages, because its end may depend on one.
     */
    void sendUrgent(M message);

    /**
     * Runs a task that queues messages, and writes them right after it: with what is queued already, in one system
     * call, and without a task of the loop for them. For tasks of the loop only, not within a call of the handler.
     */
    void sendTogether(Runnable sends);

    /**
     * {@return whether the message was still queued} It will not be sent then, and no method of the handler is called.
     */
    boolean withdraw(M message);

    /** Writes queued messages. Call it when the result of {@code maySend} or {@code maySendUrgent} may have changed. */
    void resumeSending();

    /**
     * Opens the lane for one message of another thread, unless something is queued or on its way to the system.
     *
     * @return the lane; null if the transport has none, or the session is not established
     */
    @Nullable
    DirectLane<M> openDirectLane();

    /**
     * Closes the lane.
     *
     * @return whether no other thread writes or will. If one writes, {@link SessionHandler#takeInDirect} follows
     */
    boolean closeDirectLane();
}
