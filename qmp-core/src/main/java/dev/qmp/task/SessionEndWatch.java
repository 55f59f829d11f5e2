package dev.qmp.task;

import dev.qmp.event.EventFilter;
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

    /** Keeps most events away. The ends of sessions pass every filter. */
    private static final EventFilter FEW = EventFilter.named("SHUTDOWN");

    private final Subscription signals;
    private final Executor executor;
    private final Consumer<@Nullable Throwable> ended;
    private final AtomicBoolean reported = new AtomicBoolean();
    private volatile boolean busy;
    /** Written on the event loop. */
    private volatile EventSignal.@Nullable Disconnected end;

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
        this.executor = executor;
        // on the event loop, so that the end is noted before the next session begins
        this.signals = events.subscribe(FEW, ListenerOptions.DEFAULTS, Runnable::run, this::received);
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
        return end != null;
    }

    /** Notes that the command in progress has succeeded. If the session has ended, the end is reported now. */
    public void commandSucceeded() {
        busy = false;
        reportEnd();
    }

    /** Ends the watch: the end of the session is not reported any more, except by a call that has begun. */
    @Override
    public void close() {
        signals.close();
        reported.set(true); // a report may wait on the executor
    }

    /** Notes the end of the session on the event loop. A later end is one of another session. */
    private void received(EventSignal signal) {
        if (end == null && signal instanceof EventSignal.Disconnected disconnected) {
            end = disconnected;
            executor.execute(() -> {
                if (!busy) {
                    reportEnd();
                }
            });
        }
    }

    /** {@return whether the session has ended} */
    private boolean reportEnd() {
        EventSignal.Disconnected found = end;
        if (found == null) {
            return false;
        }
        if (reported.compareAndSet(false, true)) {
            ended.accept(found.cause());
        }
        return true;
    }
}
