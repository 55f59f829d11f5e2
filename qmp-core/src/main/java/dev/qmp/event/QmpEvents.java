package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.EventType;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * The events of one client. A listener needs no session, so register listeners before you connect.
 *
 * <p>Order: each listener receives events in the order of their arrival. Replies do not wait for listeners: a command's
 * future may complete before the callbacks for earlier events have run. A subscription with {@link
 * ListenerOptions#withDelayedReplies()} delays the replies until its callbacks for the earlier events have run, for 500
 * ms at most. A command that fails without a reply, by its deadline or by the end of the session, waits for no
 * callback.
 *
 * <p>The end of the client: after {@code close()}, a mailbox throws {@link dev.qmp.error.ListenerException} when all
 * its signals are read. Publishers complete their subscribers. Callbacks are called for the signals that were received
 * before, maybe after {@code close()} has returned. A callback that is registered later is never called.
 *
 * <p>Thread safety: any thread may use it.
 */
public interface QmpEvents {

    /** {@return a mailbox with the client's default bounds} */
    EventMailbox openMailbox(EventFilter filter);

    /** {@return a mailbox with bounds of its own} */
    EventMailbox openMailbox(EventFilter filter, ListenerOptions options);

    /**
     * Calls a callback for each event, one at a time, in order, on the callback executor. A failure of the callback is
     * logged, and does not affect other callbacks. A callback may run blocking commands.
     *
     * <p>Such a callback is not notified of lost events and of breaks between sessions. Events that are lost because it
     * is too slow are counted in the log: the first loss at once, later ones as a sum each ten seconds. {@link
     * dev.qmp.QmpClientStatus#eventsLost()} has the total. Subscribe to all signals to be notified.
     *
     * @return closing it ends the subscription
     */
    Subscription subscribe(EventFilter filter, Consumer<QmpEvent> callback);

    /**
     * Calls a callback for each event of one type, as {@link #subscribe(EventFilter, Consumer)} does.
     *
     * <pre>{@code
     * client.events().subscribe(BlockJobCompleted.class, completed -> log.info("{}", completed.device()));
     * }</pre>
     *
     * <p>An event whose data does not fit the type does not reach the callback. It is logged with the reason.
     *
     * @param type one of {@link dev.qmp.qapi.event}, or a type of the application with {@link dev.qmp.qapi.EventName}
     * @return closing it ends the subscription
     * @throws IllegalArgumentException if the type represents no event
     */
    default <E> Subscription subscribe(Class<E> type, Consumer<? super E> callback) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(callback, "callback");
        return subscribe(EventFilter.of(type), type, callback);
    }

    /**
     * Calls a callback for the events that a filter accepts, mapped to a type. For instance, the events of one job:
     * {@code EventFilter.of(BlockJobCompleted.class).with("device", "job0")}.
     *
     * @param filter for events of this type only
     * @param type as in {@link #subscribe(Class, Consumer)}
     * @return closing it ends the subscription
     * @throws IllegalArgumentException if the type represents no event
     */
    default <E> Subscription subscribe(EventFilter filter, Class<E> type, Consumer<? super E> callback) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(callback, "callback");
        EventType<E> events = EventType.of(type);
        return subscribe(filter, event -> callback.accept(events.read(event)));
    }

    /**
     * Calls a callback for all signals, on an executor and with bounds of its own. If {@link OverflowPolicy#END} ends
     * the subscription, that is logged.
     *
     * <p>If the executor rejects a call, because its pool is full, the client retries until it accepts; events wait
     * within the bounds. If the executor is an {@link java.util.concurrent.ExecutorService} and is shut down, the
     * subscription ends. That is logged, too.
     *
     * @return closing it ends the subscription
     */
    Subscription subscribe(
            EventFilter filter, ListenerOptions options, Executor executor, Consumer<EventSignal> callback);

    /**
     * {@return the next event that the filter accepts}
     *
     * <p>The future completes on the callback executor and has no deadline of its own. Cancelling it ends the wait.
     *
     * <p>It fails with {@link dev.qmp.error.ConnectionLostException} if the session ends, also by {@code disconnect()}
     * or {@code close()}, or if the client gives up its attempts. It fails with {@link
     * dev.qmp.error.ListenerException} if the client is closed and no session was expected, if the filter throws, or if
     * the executor is shut down. In the last case it completes on the event loop.
     */
    CompletableFuture<QmpEvent> next(EventFilter filter);

    /**
     * {@return a publisher of events; each subscriber has a bounded queue of its own}
     *
     * <p>A subscriber that requests fewer events than arrive loses events by the options' policy. {@link
     * OverflowPolicy#END} fails such a subscriber. The end of the client completes all subscribers. They are called on
     * the callback executor.
     *
     * <p>A subscriber is not notified of lost events: they are counted in the log, as for callbacks.
     */
    Flow.Publisher<QmpEvent> publisher(EventFilter filter, ListenerOptions options);

    /**
     * {@return a publisher of all signals; each subscriber has a bounded queue of its own}
     *
     * <p>In contrast to {@link #publisher}, its subscribers also receive gaps, and the start and the end of each
     * session.
     */
    Flow.Publisher<EventSignal> signals(EventFilter filter, ListenerOptions options);
}
