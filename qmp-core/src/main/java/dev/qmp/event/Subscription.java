package dev.qmp.event;

import java.util.concurrent.CompletableFuture;

/**
 * A registered callback. Closing it twice has no effect.
 *
 * <p>Thread safety: any thread may use it.
 */
@FunctionalInterface
public interface Subscription extends AutoCloseable {

    /**
     * Ends the subscription. No call begins afterwards, but a call that has begun may still run when this method
     * returns. {@link #delivered()} then completes at the end of that call.
     */
    @Override
    void close();

    /**
     * {@return a future that completes when the callback has returned from all signals that the client has received by
     * now} Lost events are not awaited. If the subscription is closed before, the future completes when no call
     * runs any more. An executor that was shut down and has dropped a call is noticed at the next signal, at {@link
     * #close()}, or at the next call of this method.
     *
     * <p>Within the subscription's own callback the future is already complete, because the callback may wait for it.
     * The future has no deadline. It mostly completes on the executor of the callbacks, before the next call.
     *
     * <p>The default implementation, for a subscription without a queue, returns a completed future.
     */
    default CompletableFuture<Void> delivered() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * {@return the number of events whose call has not begun} Lost events are included until the callback receives
     * their {@link EventSignal.Gap}. After {@link #close()} this is the number of events that the callback never
     * receives. With {@link OverflowPolicy#END} the event that ended the subscription is not included.
     *
     * <p>The default implementation, for a subscription without a queue, returns 0.
     */
    default long undelivered() {
        return 0;
    }
}
