package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.EventType;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * The events of one client. Listening needs no session: register first, connect later.
 *
 * <p>Order: each listener receives events in the order of the wire. Replies do not wait for listeners: a command's
 * future may complete before the callbacks for earlier events have run. A subscription with {@link
 * ListenerOptions#withDelayedReplies()} delays the replies until its callbacks for the events before them have run, for
 * 500 ms at most. A command that fails without a reply, by a deadline or the end of the session, waits for no callback.
 *
 * <p>Thread safety: any thread may use it.
 */
public interface QmpEvents {

    /** {@return a mailbox with the client's default bounds} */
    EventMailbox openMailbox(EventFilter filter);

    /** {@return a mailbox with bounds of its own} */
    EventMailbox openMailbox(EventFilter filter, ListenerOptions options);

    /**
     * Has each event handed to a callback, one at a time, in order, on the callback executor. What it throws is logged,
     * and does not affect other callbacks. A callback may run blocking commands.
     *
     * <p>Such a callback is not notified of lost events and of breaks between sessions. Events that are lost because it
     * is too slow are counted in the log: the first loss at once, later ones as a sum each ten seconds. {@link
     * dev.qmp.QmpClientStatus#eventsLost()} has the total. Subscribe to all signals to be notified.
     *
     * @return closing it ends the subscription
     */
    Subscription subscribe(EventFilter filter, Consumer<QmpEvent> callback);

    /**
     * Has each event of one type handed to a callback, as {@link #subscribe(EventFilter, Consumer)} does.
     *
     * <pre>{@code
     * client.events().subscribe(BlockJobCompleted.class, completed -> log.info("{}", completed.device()));
     * }</pre>
     *
     * <p>An event whose data does not fit the type is not handed to the callback, and is logged with the reason.
     *
     * @param type one of {@link dev.qmp.qapi.event}, or a type of the application with {@link dev.qmp.qapi.EventName}
     * @return closing it ends the subscription
     * @throws IllegalArgumentException if the type stands for no event
     */
    default <E> Subscription subscribe(Class<E> type, Consumer<? super E> callback) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(callback, "callback");
        return subscribe(EventFilter.of(type), type, callback);
    }

    /**
     * The same for the events that a filter lets through, such as those of one job: {@code
     * EventFilter.of(BlockJobCompleted.class).with("device", "job0")}.
     *
     * @param filter for events of this type only
     */
    default <E> Subscription subscribe(EventFilter filter, Class<E> type, Consumer<? super E> callback) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(callback, "callback");
        EventType<E> events = EventType.of(type);
        Objects.requireNonNull(callback, "callback");
        return subscribe(filter, event -> callback.accept(events.read(event)));
    }

    /**
     * The same for all signals, with bounds and an executor of its own. That {@link OverflowPolicy#END} has ended it is
     * logged. An executor that refuses, as a full pool does, is asked again soon, while events wait within the bounds;
     * the subscription ends, which is logged too, when an {@link java.util.concurrent.ExecutorService} is shut down.
     */
    Subscription subscribe(
            EventFilter filter, ListenerOptions options, Executor executor, Consumer<EventSignal> callback);

    /**
     * {@return the next event that the filter lets through}
     *
     * <p>It completes on the callback executor; it fails with {@link dev.qmp.error.ConnectionLostException} when the
     * session ends, or the client gives up having one, with {@link dev.qmp.error.ListenerException} when the client is
     * closed, the filter throws or the executor is shut down (then on the event loop), and may be cancelled. It has no
     * deadline of its own.
     */
    CompletableFuture<QmpEvent> next(EventFilter filter);

    /**
     * {@return a publisher of events, each subscriber with a bounded queue of its own}
     *
     * <p>A subscriber that asks for less than there is loses events by the options' policy, of which {@link
     * OverflowPolicy#END} fails it. The end of the client completes it. A subscriber is called on the callback
     * executor. It is not notified of lost events: they are counted in the log, as for callbacks.
     */
    Flow.Publisher<QmpEvent> publisher(EventFilter filter, ListenerOptions options);

    /**
     * {@return a publisher of all signals, each subscriber with a bounded queue of its own}
     *
     * <p>It differs from {@link #publisher} in that its subscribers are told of gaps, and of the begin and the end of
     * each session.
     */
    Flow.Publisher<EventSignal> signals(EventFilter filter, ListenerOptions options);
}
