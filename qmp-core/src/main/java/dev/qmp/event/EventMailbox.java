package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bounded FIFO of the events that a filter accepts. The application reads it at its own pace. It receives events from
 * its opening until it is closed, over all sessions of its client.
 *
 * <p>Thread safety: any thread may use it. Several readers share the events between them.
 */
public interface EventMailbox extends AutoCloseable {

    /**
     * Waits for the next signal of any kind.
     *
     * @param timeout how long to wait; with zero or a negative time the method does not wait
     * @return the signal; null if no signal arrived in time
     * @throws dev.qmp.error.ListenerException if the mailbox has ended and all its signals are read
     * @throws IllegalStateException on an event loop, where waiting would stall connections
     * @throws InterruptedException if the thread is interrupted
     */
    @Nullable
    EventSignal next(Duration timeout) throws InterruptedException;

    /**
     * Waits for the next event. Gaps, begins and ends of sessions are skipped.
     *
     * @param timeout how long to wait; with zero or a negative time the method does not wait
     * @return the event; null if no event arrived in time
     * @throws dev.qmp.error.ListenerException as {@link #next}, and if the session has ended and the client does not
     *     reconnect. When the application connects again, the mailbox receives events again
     * @throws IllegalStateException on an event loop, where waiting would stall connections
     * @throws InterruptedException if the thread is interrupted
     */
    @Nullable
    QmpEvent nextEvent(Duration timeout) throws InterruptedException;

    /** {@return all unread signals, and removes them} Never waits. */
    List<EventSignal> clear();

    /**
     * {@return the last events received, the oldest first, read or not} At most {@link ListenerOptions#history()}
     * events are kept.
     */
    List<QmpEvent> history();

    /** {@return the number of events lost since the mailbox was opened} */
    long lost();

    /**
     * Ends the mailbox. Waiting readers receive a {@link dev.qmp.error.ListenerException}. Unread signals can still be
     * read.
     */
    @Override
    void close();
}
