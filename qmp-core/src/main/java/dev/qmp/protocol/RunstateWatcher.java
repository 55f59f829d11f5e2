package dev.qmp.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A FIFO of runstate changes from its creation on: each change once, in order, none merged. It holds {@value #CAPACITY}
 * unread changes. With one more it ends, because it must not drop a change.
 *
 * <p>Thread safety: any thread may use it.
 */
public interface RunstateWatcher extends AutoCloseable {

    /** The number of unread changes that a watcher holds. */
    int CAPACITY = 1024;

    /**
     * Waits for the next change.
     *
     * @param timeout how long to wait; with zero or a negative time the method does not wait
     * @return the change; null if no change happened in time
     * @throws dev.qmp.error.ListenerException if the watcher or its client was closed, or the watcher ended because it
     *     was full; unread changes are returned first
     * @throws InterruptedException if the thread is interrupted
     * @throws IllegalStateException on an event loop, which must not wait
     */
    @UpperHalf
    @Nullable
    RunstateChange next(Duration timeout) throws InterruptedException;

    /**
     * Waits until the connection reaches a runstate, and reads the changes until then. If it has that runstate already,
     * the method returns true at once and reads nothing. The present runstate is that of the last change read; before
     * the first one, that at the watcher's creation.
     *
     * @param timeout how long to wait; with zero or a negative time only the present changes are read
     * @return whether the runstate was reached in time
     * @throws dev.qmp.error.ListenerException as {@link #next(Duration)}
     * @throws IllegalStateException on an event loop
     * @throws InterruptedException if the thread is interrupted
     */
    @UpperHalf
    boolean await(Runstate runstate, Duration timeout) throws InterruptedException;

    /** Ends the watcher. Waiting readers receive a {@link dev.qmp.error.ListenerException}. */
    @Override
    void close();
}
