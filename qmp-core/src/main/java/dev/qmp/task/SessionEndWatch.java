package dev.qmp.task;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.QmpEvents;
import dev.qmp.event.Subscription;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports the end of the session in which a task began, because the next session can be one of another machine. For
 * code that runs tasks.
 *
 * <p>The end of a session and the outcome of a command are reported on different threads. So the outcome of a command
 * in progress counts, because it may have been received before the end. If the command succeeds, the end is reported
 * after it. If it fails, the task ends with its failure, and the end is not reported.
 *
 * <p>Thread safety: any thread may use it. The end is reported on the executor, or by a method that is called.
 */
public final class SessionEndWatch implements AutoCloseable {

    /** Keeps most events out of the mailbox. The ends of sessions pass every filter. */
    private static final EventFilter FEW = EventFilter.named("SHUTDOWN");

    /** Contains the end of a session before the next session begins. */
    private final EventMailbox signals;
    /** Only notices that there is a signal. */
    private final Subscription arrivals;

    private final Consumer<@Nullable Throwable> ended;
    private final AtomicBoolean reported = new AtomicBoolean();
    private volatile boolean busy;
    private EventSignal.@Nullable Disconnected end;

    /**
     * Creates a watch of the present session.
     *
     * @param executor the executor on which the end is reported
     * @param ended receives the cause of the session's end, null if the end was requested; called once at most
     */
    public SessionEndWatch(QmpEvents events, Executor executor, Consumer<@Nullable Throwable> ended) {
        Objects.requireNonNull(events, "events");
        Objects.requireNonNull(executor, "executor");
        this.ended = Objects.requireNonNull(ended, "ended");
        // first, so that the mailbox contains each signal before `arrivals` reports it
        this.signals = events.openMailbox(FEW, ListenerOptions.DEFAULTS);
        this.arrivals = events.subscribe(FEW, ListenerOptions.DEFAULTS, executor, signal -> arrived());
    }

    /**
     * Notes that the task is about to send a command.
     *
     * @return whether the session goes on; if not, its end was reported, and the command must not be sent
     */
    public boolean beginCommand() {
        busy = true; // first, so that an end that comes now is not reported by another thread
        return !reportEnd();
    }

    /**
     * {@return whether the session has ended} For a step of several commands: if the first has succeeded and the
     * session has ended, the next command must not be sent.
     */
    public boolean hasEnded() {
        return end() != null;
    }

    /** Notes that the command in progress has succeeded. If the session has ended, the end is reported now. */
    public void commandSucceeded() {
        busy = false;
        reportEnd();
    }

    /** Ends the watch: the end of the session is not reported any more, except by a call that has begun. */
    @Override
    public void close() {
        arrivals.close();
        signals.close();
    }

    private void arrived() {
        if (!busy) {
            reportEnd();
        }
    }

    /** {@return whether the session has ended} */
    private boolean reportEnd() {
        EventSignal.Disconnected found = end();
        if (found == null) {
            return false;
        }
        if (reported.compareAndSet(false, true)) {
            ended.accept(found.cause());
        }
        return true;
    }

    private synchronized EventSignal.@Nullable Disconnected end() {
        for (EventSignal signal : signals.clear()) {
            if (end == null && signal instanceof EventSignal.Disconnected disconnected) {
                end = disconnected;
            }
        }
        return end;
    }
}
