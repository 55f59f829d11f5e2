package dev.qmp.internal.transport;

import dev.qmp.internal.engine.Cancellable;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A timer that delays its task if it is late. Then the loop, the JVM or the whole machine was stopped, and arrived data
 * may not have been read yet. The loop reads that data first.
 */
final class PatientTimer implements Runnable, Cancellable {

    /** More than the usual delay of a timer. */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Enough time for the loop to read all its sockets. */
    private static final long RESPITE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final Logger LOGGER = LoggerFactory.getLogger(PatientTimer.class);

    private final EventLoop eventLoop;
    private final Runnable task;
    private final long due;
    private volatile boolean cancelled;
    private volatile @Nullable Future<?> timer;
    private boolean hadRespite;

    private PatientTimer(EventLoop eventLoop, long delayNanos, Runnable task) {
        this.eventLoop = eventLoop;
        this.task = task;
        this.due = System.nanoTime() + delayNanos;
    }

    static PatientTimer start(EventLoop eventLoop, long delayNanos, Runnable task) {
        PatientTimer timer = new PatientTimer(eventLoop, delayNanos, task);
        timer.schedule(delayNanos);
        return timer;
    }

    private void schedule(long delayNanos) {
        timer = eventLoop.schedule(this, delayNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
        if (cancelled) {
            return;
        }
        if (!hadRespite && System.nanoTime() - due > LATE_NANOS) {
            hadRespite = true;
            schedule(RESPITE_NANOS);
            return;
        }
        run(task);
    }

    /** Runs a timer's task, and logs its failure, because nothing else would report it. */
    static void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            LOGGER.error("A timer's task failed", e);
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        Future<?> current = timer;
        if (current != null) {
            current.cancel(false);
        }
    }
}
