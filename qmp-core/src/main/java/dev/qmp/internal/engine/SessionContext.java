package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The engine's methods for a {@link SessionHandler}, on the event loop.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
public interface SessionContext<M> extends LoopScheduler {

    /**
     * {@return the sender of the session's messages} Do not keep the object, because it refers to the transport. After
     * the session's end, this method returns one that sends nothing.
     *
     * @throws IllegalStateException while the handler is being created
     */
    Sender<M> sender();

    /**
     * {@return the next inbound message} Only for {@link SessionHandler#establish}, one call at a time. Completes on
     * the event loop.
     */
    CompletableFuture<M> receive();

    /**
     * Sets the phase of the attempt, which its failures have.
     *
     * @param hint the probable reason if nothing happens until the deadline
     */
    void enterPhase(ConnectPhase phase, String hint);

    /** {@return whether the session is established, and no disconnect is under way} */
    boolean isEstablished();

    /** Ends the session with a cause. */
    void fail(Throwable cause);

    /** Runs a task after a delay, unless the session has ended by then. An exception ends the session. */
    @Override
    Cancellable schedule(Duration delay, Runnable task);
}
