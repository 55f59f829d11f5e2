package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A filtered, bounded FIFO of events: not a callback, but a mailbox that the program empties when it likes. It hears from
 * the moment it was made, over all sessions of its client, until it is closed.
 *
 * <p>Thread safety: any thread may use it; several readers share the events between them.
 */
public interface QmpEventListener extends AutoCloseable {

    /**
     * Waits for the next signal of any kind.
     *
     * @param timeout how long to wait; zero or a negative time does not wait
     * @return the signal, null if none came in time
     * @throws dev.qmp.error.ListenerException if the listener has ended and all it held is read
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
     *     connect again by itself; the listener hears on, should the application connect again
     * @throws IllegalStateException on an event loop
     * @throws InterruptedException if the thread is interrupted
     */
    @Nullable
    QmpEvent nextEvent(Duration timeout) throws InterruptedException;

    /** {@return all that is unread, which is then read} Never waits. */
    List<EventSignal> clear();

    /** {@return the last events heard, oldest first, as many as the options say} */
    List<QmpEvent> history();

    /** {@return how many events were lost since the listener was made} */
    long lost();

    /** Ends the listener; whoever waits is told. */
    @Override
    void close();
}
