package dev.qmp.internal.client;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ListenerException;
import dev.qmp.error.Text;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.event.QmpEvents;
import dev.qmp.event.Subscription;
import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.Loop;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** All listeners of a client, over all its sessions. The event loop adds signals, and any thread may add listeners. */
final class EventRegistry implements QmpEvents {

    /** Options for {@code next()}: keep the first matching event, and one signal of a session before or after it. */
    private static final ListenerOptions FIRST_ONLY = new ListenerOptions(2, OverflowPolicy.DROP_NEWEST, 0);

    private final ListenerOptions defaults;
    private final Executor callbackExecutor;
    private final Logger logger;
    private final FailureLog failures;
    /** Null before the first subscription that counts losses. */
    private @Nullable LossLog losses;

    private volatile SignalSinks sinks = SignalSinks.EMPTY;

    private final Loop loop;
    /** Null before the first subscription that delays replies. Most clients have none. */
    private volatile @Nullable HeldReplies heldReplies;

    private volatile long received;
    private volatile long lost;
    private volatile boolean closed;

    EventRegistry(ListenerOptions defaults, Executor callbackExecutor, Logger logger, FailureLog failures, Loop loop) {
        this.defaults = defaults;
        this.callbackExecutor = callbackExecutor;
        this.logger = logger;
        this.failures = failures;
        this.loop = loop;
    }

    long received() {
        return received;
    }

    long lost() {
        return lost;
    }

    /** {@return the holder of replies; null if no subscription delays replies} */
    @Nullable
    HeldReplies heldReplies() {
        HeldReplies present = heldReplies;
        return present != null && present.hasSubscriptions() ? present : null;
    }

    /** {@return the subscription whose callback the calling thread runs; null if none, or if no reply can wait} */
    @Nullable
    PushSubscription callingSubscription() {
        return heldReplies == null ? null : PushSubscription.current();
    }

    // ------------------------------------------------------------------ bottom half

    @BottomHalf
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    void dispatch(QmpEvent event) {
        loop.assertOnLoop();
        received++;
        EventSignal signal = new EventSignal.Received(event);
        for (SignalSink sink : sinks) {
            if (accepts(sink.filter(), event)) {
                offer(sink, signal);
            }
        }
    }

    private boolean accepts(EventFilter filter, QmpEvent event) {
        try {
            return filter.accepts(event);
        } catch (Throwable e) {
            failures.failed("An event filter failed and lets the event through", Text.printable(event.name()), e);
            return true;
        }
    }

    /** Notifies all listeners of the start or end of a session. */
    @BottomHalf
    void signal(EventSignal signal) {
        loop.assertOnLoop();
        for (SignalSink sink : sinks) {
            offer(sink, signal);
        }
    }

    /**
     * Offers a signal. {@code offer} may re-enter this method, because callbacks can run on this thread. So {@code
     * lost} is updated after it returns.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    private void offer(SignalSink sink, EventSignal signal) {
        int lostNow = sink.offer(signal);
        lost += lostNow;
    }

    /** Notifies the listeners that receive changes of the runstate. */
    @BottomHalf
    void runstateChanged(RunstateChange change) {
        loop.assertOnLoop();
        EventSignal signal = new EventSignal.RunstateChanged(change);
        for (SignalSink sink : sinks) {
            if (sink.wantsRunstates()) {
                offer(sink, signal);
            }
        }
    }

    /** Completes all replies that wait, because no timer will run any more. */
    @BottomHalf
    void releaseReplies() {
        loop.assertOnLoop();
        HeldReplies present = heldReplies;
        if (present != null) {
            present.releaseAll();
        }
    }

    // ------------------------------------------------------------------ upper half

    @Override
    public EventMailbox openMailbox(EventFilter filter) {
        Objects.requireNonNull(filter, "filter");
        return openMailbox(filter, defaults);
    }

    @Override
    public EventMailbox openMailbox(EventFilter filter, ListenerOptions options) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(options, "options");
        MailboxListener listener = new MailboxListener(filter, options, loop::isOnAnyLoop, this::remove);
        add(listener);
        return listener;
    }

    @Override
    public Subscription subscribe(EventFilter filter, Consumer<QmpEvent> callback) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(callback, "callback");
        LossLog counted = losses();
        return subscribe(filter, defaults, callbackExecutor, signal -> {
            if (signal instanceof EventSignal.Received event) {
                callback.accept(event.event());
            } else if (signal instanceof EventSignal.Gap gap) {
                counted.add(gap.lost());
            }
        });
    }

    @Override
    public Subscription subscribe(
            EventFilter filter, ListenerOptions options, Executor executor, Consumer<EventSignal> callback) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(executor, "executor");
        Objects.requireNonNull(callback, "callback");
        return subscribe(filter, options, executor, callback, reason -> {
            if (!closed) {
                logger.warn("An event subscription ended: {}", reason.getMessage());
            }
        });
    }

    private Subscription subscribe(
            EventFilter filter,
            ListenerOptions options,
            Executor executor,
            Consumer<EventSignal> callback,
            Consumer<ListenerException> onEnd) {
        PushSubscription subscription =
                new PushSubscription(settings(filter, options, executor, new FailureLog(logger)), callback, onEnd);
        if (options.delaysReplies()) {
            ownHeldReplies().add(subscription); // before the first event
        }
        add(subscription);
        return subscription;
    }

    private PushSettings settings(
            EventFilter filter, ListenerOptions options, Executor executor, FailureLog failuresOfListener) {
        return new PushSettings(filter, options, executor, this::remove, EventRegistry::later, failuresOfListener);
    }

    /** Runs a task after a delay, even if the event loops end meanwhile. */
    private static Cancellable later(Duration delay, Runnable task) {
        CompletableFuture<Void> timer = CompletableFuture.runAsync(
                task,
                CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, CallbackExecutor.SHARED));
        return () -> timer.cancel(false);
    }

    @Override
    public CompletableFuture<QmpEvent> next(EventFilter filter) {
        Objects.requireNonNull(filter, "filter");
        return next(filter, callbackExecutor);
    }

    CompletableFuture<QmpEvent> next(EventFilter filter, Executor executor) {
        CompletableFuture<QmpEvent> next = new CompletableFuture<>();
        Consumer<EventSignal> callback = signal -> {
            if (signal instanceof EventSignal.Received event) {
                next.complete(event.event());
            } else if (signal instanceof EventSignal.Disconnected end) {
                next.completeExceptionally(
                        new ConnectionLostException("the session ended before the event arrived", end.cause()));
            }
        };
        AtomicBoolean found = new AtomicBoolean(); // later events are not awaited, and would count as lost
        EventFilter certain = EventFilter.all()
                .where(event ->
                        !found.get() && acceptsOrFails(filter, event, next, executor) && !found.getAndSet(true));
        Subscription subscription = subscribe(certain, FIRST_ONLY, executor, callback, next::completeExceptionally);
        next.whenComplete((event, failure) -> subscription.close());
        return next;
    }

    /** Filters for {@code next()}. If the filter throws, the wait fails, because it must not return another event. */
    private boolean acceptsOrFails(
            EventFilter filter, QmpEvent event, CompletableFuture<QmpEvent> next, Executor executor) {
        try {
            return filter.accepts(event);
        } catch (Throwable e) {
            ListenerException failure = new ListenerException(
                    "the filter of an awaited event failed at " + Text.printable(event.name()), e);
            new CallbackExecutor(executor, failures).execute(() -> next.completeExceptionally(failure));
            return false;
        }
    }

    @Override
    public Flow.Publisher<QmpEvent> publisher(EventFilter filter, ListenerOptions options) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(options, "options");
        return stream(filter, options, () -> new StreamKind.EventsOnly(losses()));
    }

    @Override
    public Flow.Publisher<EventSignal> signals(EventFilter filter, ListenerOptions options) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(options, "options");
        return stream(filter, options, StreamKind.AllSignals::new);
    }

    /** {@return a publisher whose subscribers have one stream each} */
    private <T> Flow.Publisher<T> stream(EventFilter filter, ListenerOptions options, Supplier<StreamKind<T>> kind) {
        return subscriber -> {
            EventStream<T> stream = new EventStream<>(
                    settings(filter, options, callbackExecutor, failures),
                    kind.get(),
                    Objects.requireNonNull(subscriber, "subscriber"));
            add(stream);
            stream.begin();
        };
    }

    private synchronized LossLog losses() {
        LossLog present = losses == null ? new LossLog(logger) : losses;
        losses = present;
        return present;
    }

    private void add(SignalSink sink) {
        ownSinks().add(sink);
        if (closed) {
            remove(sink);
            sink.end(new ListenerException("the client is closed", null));
        }
    }

    private synchronized SignalSinks ownSinks() {
        SignalSinks present = sinks == SignalSinks.EMPTY ? new SignalSinks() : sinks;
        sinks = present;
        return present;
    }

    private synchronized HeldReplies ownHeldReplies() {
        HeldReplies present = heldReplies == null ? new HeldReplies(loop, logger) : heldReplies;
        heldReplies = present;
        return present;
    }

    private void remove(SignalSink sink) {
        sinks.remove(sink);
        HeldReplies present = heldReplies;
        if (present != null) {
            present.remove(sink);
        }
    }

    /** Ends every listener, because the client is closed. */
    void close() {
        closed = true;
        HeldReplies present = heldReplies;
        if (present != null) {
            present.removeAll();
        }
        for (SignalSink sink : sinks.removeAll()) {
            sink.end(new ListenerException("the client was closed", null));
        }
        loop.onLoop(this::releaseReplies); // which may be ending
    }
}
