package dev.qmp.task;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.QmpEvents;
import dev.qmp.event.Subscription;
import dev.qmp.message.QmpEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queries the state of a task whenever it may have changed: after each event of the task, after lost events, after a
 * reconnect, and at an interval. For code that runs tasks. It has no thread of its own.
 *
 * <p>One query is in progress at a time. An event during a query causes another query after it, so that the last query
 * always begins after the last event. The events before an answer are noted before the answer is processed. The end of
 * a session is reported after the query that was in progress, because its answer may have arrived before. The events
 * of the next session are reported after that end.
 *
 * <p>Thread safety: any thread may use it. The subject is called one call at a time: on the executor, on the thread
 * that completes an inspection, or within {@link #poll()} and {@link #check()}.
 */
public final class StateWatch implements AutoCloseable {

    /** The task that is watched. */
    public interface Subject {

        /** Notes an event. A query follows. */
        void onEvent(QmpEvent event);

        /**
         * Queries the machine for the state.
         *
         * @return completes with a task that processes the answer or the failure; the watch then runs that task. If the
         *     future itself fails, the failure is ignored, and the next query follows after the interval. The future
         *     must complete, because the end of a session is reported after it
         */
        CompletableFuture<Runnable> inspect();

        /**
         * Called when the session has ended and no other one can be expected, or none began within the time limit.
         *
         * @param cause why the session ended; null if the end was requested
         */
        void onAbandoned(@Nullable Throwable cause);

        /** Called when the session has ended and the client reconnects. */
        void onDisconnected(@Nullable Throwable cause);
    }

    private static final Logger LOGGER = LoggerFactory.getLogger(StateWatch.class);

    /** More than the usual delay of a timer and its executor. */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Enough time to reconnect after a pause. */
    private static final Duration MORE_TIME = Duration.ofSeconds(5);

    private final QmpEvents events;
    private final EventFilter filter;
    private final Executor executor;
    private final Duration interval;
    private final Duration patience;
    private final Subject subject;

    /**
     * Keeps the signals until a turn reads them. They are in the order of the wire: an event is in it before the reply
     * after it completes.
     */
    private volatile @Nullable EventMailbox signals;
    /** Begins a turn on the executor after each signal. The turn reads the signal from the mailbox. */
    private @Nullable Subscription arrivals;

    private volatile boolean closed;

    private final Queue<Runnable> turns = new ConcurrentLinkedQueue<>();
    private final AtomicInteger turnsLeft = new AtomicInteger();

    // ------------------------------------------------------------------ used in turns only

    private boolean begun;
    private boolean inspecting;
    private boolean again;
    /** Counts sessions and their ends: a time limit belongs to one break between sessions. */
    private long session;

    private boolean connected = true;
    /**
     * The ends of sessions that wait for the query in progress, or for the outcome of the task's first command; and the
     * events after them.
     */
    private final Queue<Runnable> late = new ArrayDeque<>();

    /**
     * Creates a watch, which is not active yet.
     *
     * @param filter the events of the task
     * @param executor the executor on which the subject is called. It must not refuse tasks, such as {@code
     *     client.callbackExecutor()}
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
        if (signals == null && !closed) {
            // first, so that it contains a signal before the call for it
            signals = events.openMailbox(filter, ListenerOptions.DEFAULTS);
            arrivals =
                    events.subscribe(filter, ListenerOptions.DEFAULTS, executor, signal -> inTurn(this::readSignals));
        }
    }

    /**
     * Queries at once, and then at the interval. Called when the task has been started. Before this call, there is no
     * query, and no end of a session is reported. So if the first command fails because of that end, the failure of the
     * command counts.
     */
    public void poll() {
        inTurn(() -> {
            readSignals(); // first, so that the first query follows all events before this call
            begun = true;
            reportLate();
            query();
        });
        later(interval, this::pollAgain);
    }

    private void pollAgain() {
        if (!closed) {
            poll();
        }
    }

    /** Queries now, or after the query that is in progress. */
    public void check() {
        inTurn(this::query);
    }

    /** Ends the watch. The subject is not called any more, except by a call that has begun. */
    @Override
    public synchronized void close() {
        closed = true;
        if (arrivals != null) {
            arrivals.close();
        }
        EventMailbox listening = signals;
        if (listening != null) {
            listening.close();
        }
    }

    // ------------------------------------------------------------------ turns

    /** Runs a turn after those that run or wait, in this thread or in the one that runs them. */
    private void inTurn(Runnable turn) {
        turns.add(turn);
        if (turnsLeft.getAndIncrement() > 0) {
            return;
        }
        do {
            run(turns.remove());
        } while (turnsLeft.decrementAndGet() > 0);
    }

    /** Catches everything, because the turns and signals after this one must not be lost. */
    private void run(Runnable step) {
        try {
            if (!closed) {
                step.run();
            }
        } catch (Throwable e) {
            LOGGER.error("A task failed to process a change of its state", e);
        }
    }

    private void later(Duration delay, Runnable action) {
        long nanos = TimeUnit.NANOSECONDS.convert(delay);
        CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, executor).execute(action);
    }

    // ------------------------------------------------------------------ signals

    private void readSignals() {
        EventMailbox listening = signals;
        if (listening != null) {
            listening.clear().forEach(signal -> run(() -> onSignal(signal)));
        }
    }

    private void onSignal(EventSignal signal) {
        if (signal instanceof EventSignal.Received received) {
            onEvent(received.event());
        } else if (signal instanceof EventSignal.Disconnected end) {
            onEnd(end);
        } else if (signal instanceof EventSignal.Connected || signal instanceof EventSignal.Gap) {
            session += signal instanceof EventSignal.Connected ? 1 : 0;
            connected = true;
            query();
        }
    }

    private void onEvent(QmpEvent event) {
        if (late.isEmpty()) {
            run(() -> subject.onEvent(event));
        } else {
            late.add(() -> subject.onEvent(event));
        }
        query();
    }

    private void onEnd(EventSignal.Disconnected end) {
        connected = false;
        session++;
        if (!end.reconnecting()) {
            report(() -> subject.onAbandoned(end.cause()));
            return;
        }
        report(() -> subject.onDisconnected(end.cause()));
        if (closed) {
            return;
        }
        awaitSession(end, patience, true);
    }

    /**
     * Abandons the task if no session begins in time. If that is noticed late, the client may have had no time to
     * reconnect, because this JVM stood still. Then it gets some more time, once.
     */
    private void awaitSession(EventSignal.Disconnected end, Duration time, boolean extensible) {
        long ended = session;
        long begun = System.nanoTime();
        later(
                time,
                () -> inTurn(() -> {
                    readSignals(); // the next session may have begun, and its call be late
                    long late = System.nanoTime() - begun - TimeUnit.NANOSECONDS.convert(time);
                    if (extensible && session == ended && late > LATE_NANOS) {
                        awaitSession(end, time.compareTo(MORE_TIME) < 0 ? time : MORE_TIME, false);
                        return;
                    }
                    report(() -> {
                        if (session == ended) {
                            subject.onAbandoned(end.cause());
                        }
                    });
                }));
    }

    private void report(Runnable end) {
        late.add(end);
        reportLate();
    }

    private void reportLate() {
        while (begun && !inspecting && !closed && !late.isEmpty()) {
            run(late.remove());
        }
    }

    // ------------------------------------------------------------------ queries

    private void query() {
        again = inspecting;
        if (closed || !begun || !connected || inspecting) {
            return;
        }
        subject.inspect().whenComplete((processing, failure) -> inTurn(() -> inspected(processing)));
        inspecting = true; // before the turn of the answer, which follows this one
    }

    private void inspected(@Nullable Runnable processing) {
        readSignals();
        try {
            if (processing != null && !closed) {
                processing.run();
            }
        } finally {
            inspecting = false;
            reportLate();
            if (again) {
                query();
            }
        }
    }
}
