package dev.qmp.task;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.QmpEvents;
import dev.qmp.event.Subscription;
import dev.qmp.message.QmpEvent;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Queries the state of a task whenever it may have changed: after each event of the task, after lost events, after a
 * reconnect, and at an interval. For code that runs tasks. It has no thread of its own.
 *
 * <p>One query is in progress at a time. An event during a query causes another query after it, so that the last query
 * always begins after the last event. The events before the reply to a query are noted before the reply is processed
 * ({@link ListenerOptions#withDelayedReplies()}).
 *
 * <p>Thread safety: any thread may use it. The subject is called on the executor.
 */
public final class StateWatch implements AutoCloseable {

    /** The task that is watched. */
    public interface Subject {

        /** Notes an event. A query follows. */
        void onEvent(QmpEvent event);

        /**
         * Queries the machine for the state. A failure is ignored here: the next query follows after the interval.
         *
         * @return completes when the answer is processed
         */
        CompletableFuture<?> inspect();

        /**
         * Called when the session has ended and no other one can be expected, or none began within the time limit.
         *
         * @param cause why the session ended; null if the end was requested
         */
        void onAbandoned(@Nullable Throwable cause);

        /** Called when the session has ended and the client reconnects. */
        void onDisconnected(@Nullable Throwable cause);
    }

    private final QmpEvents events;
    private final EventFilter filter;
    private final Executor executor;
    private final Duration interval;
    private final Duration patience;
    private final Subject subject;

    private @Nullable Subscription subscription;
    private boolean closed;
    private boolean inspecting;
    private boolean again;
    /** Counts sessions and their ends: a time limit belongs to one break between sessions. */
    private long session;

    private boolean connected = true;

    /**
     * Creates a watch, which is not active yet.
     *
     * @param filter the events of the task
     * @param executor the executor on which the subject is called
     * @param interval the time between two queries
     * @param patience how long the client may take to reconnect
     */
    public StateWatch(
            QmpEvents events,
            EventFilter filter,
            Executor executor,
            Duration interval,
            Duration patience,
            Subject subject) {
        this.events = Objects.requireNonNull(events, "events");
        this.filter = Objects.requireNonNull(filter, "filter");
        this.executor = Objects.requireNonNull(executor, "executor");
        this.interval = Objects.requireNonNull(interval, "interval");
        this.patience = Objects.requireNonNull(patience, "patience");
        this.subject = Objects.requireNonNull(subject, "subject");
    }

    /** Listens from now on. Called before the command that starts the task. */
    public synchronized void listen() {
        if (subscription == null && !closed) {
            // a query must not overtake the events before its reply
            ListenerOptions inOrder = ListenerOptions.DEFAULTS.withDelayedReplies();
            subscription = events.subscribe(filter, inOrder, executor, this::onSignal);
        }
    }

    /** Queries at once, and then at the interval. Called when the task has been started. */
    public void poll() {
        check();
        later(interval, this::pollAgain);
    }

    private void pollAgain() {
        if (!isClosed()) {
            poll();
        }
    }

    private void onSignal(EventSignal signal) {
        if (signal instanceof EventSignal.Received received) {
            subject.onEvent(received.event());
            checkOutsideCallback();
        } else if (signal instanceof EventSignal.Disconnected end) {
            onEnd(end);
        } else if (signal instanceof EventSignal.Connected || signal instanceof EventSignal.Gap) {
            connected(signal instanceof EventSignal.Connected);
            checkOutsideCallback();
        }
    }

    private synchronized void connected(boolean anew) {
        if (anew) {
            session++;
        }
        connected = true;
    }

    private void onEnd(EventSignal.Disconnected end) {
        long ended;
        synchronized (this) {
            connected = false;
            ended = ++session;
        }
        if (!end.reconnecting()) {
            subject.onAbandoned(end.cause());
            return;
        }
        subject.onDisconnected(end.cause());
        later(patience, () -> {
            if (isStill(ended)) {
                subject.onAbandoned(end.cause());
            }
        });
    }

    private synchronized boolean isStill(long ended) {
        return !closed && session == ended;
    }

    /** Queries now, or after the query that is in progress. */
    public void check() {
        synchronized (this) {
            if (closed || !connected) {
                return;
            }
            again = inspecting;
            if (inspecting) {
                return;
            }
            inspecting = true;
        }
        subject.inspect().whenComplete((ignored, failure) -> executor.execute(this::inspected));
    }

    private void inspected() {
        boolean repeat;
        synchronized (this) {
            inspecting = false;
            repeat = again;
            again = false;
        }
        if (repeat) {
            check();
        }
    }

    /** The reply to a command that a callback issues does not wait for this callback, nor for those after it. */
    private void checkOutsideCallback() {
        executor.execute(this::check);
    }

    private void later(Duration delay, Runnable action) {
        long nanos = TimeUnit.NANOSECONDS.convert(delay);
        CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, executor).execute(action);
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Ends the watch. The subject is not called any more, except by a call that has begun. */
    @Override
    public synchronized void close() {
        closed = true;
        if (subscription != null) {
            subscription.close();
        }
    }
}
