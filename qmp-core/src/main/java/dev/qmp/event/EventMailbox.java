package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bounded FIFO of the events that a filter accepts. The application reads it when it likes. It receives events from
 * its opening, over all sessions of its client, until it is closed.
 *
 * <p>Thread safety: any thread may use it; several readers share the events between them.
 */
public interface EventMailbox extends AutoCloseable {

    /**
     * Waits for the next signal of any kind.
     *
     * @param timeout how long to wait; zero or a negative time does not wait
     * @return the signal, null if none came in time
     * @throws dev.qmp.error.ListenerException if the mailbox has ended and all its signals are read
     * @throws IllegalStateException on an event loop, where waiting would stall connections
     * @throws InterruptedException if the thread is interrupted
     */
    @Nullable
    EventSignal next(Duration timeout) throws InterruptedException;

    /**
     * Waits for the next event, passing over gaps and reconnects.
     *
     * @param timeout how long to wait; zero or a negative time does not wait
     * @return the event, null if none came in time
     * @throws dev.qmp.error.ListenerException as {@link #next}, and when the session has ended and the client does not
     *     connect again by itself; the mailbox receives again after the application has connected again
     * @throws IllegalStateException on an event loop
     * @throws InterruptedException if the thread is interrupted
     */
    @Nullable
    QmpEvent nextEvent(Duration timeout) throws InterruptedException;

    /** {@return all unread signals, and removes them} Never waits. */
    List<EventSignal> clear();

    /** {@return the last events received, oldest first, as many as the options say} */
    List<QmpEvent> history();

    /** {@return how many events were lost since the mailbox was opened} */
    long lost();

    /** Ends the mailbox. Readers that wait get a {@link dev.qmp.error.ListenerException}. */
    @Override
    void close();
}
