package dev.qmp.internal.transport;

import dev.qmp.internal.engine.Cancellable;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A timer that delays its task if it is late. Then the loop, the JVM or the whole machine was stopped, and arrived data
 * may not have been read yet. The loop reads that data first. While it still reads data, the task waits on, but not
 * longer than the timer was late, and not longer than half a second.
 */
final class PatientTimer implements Runnable, Cancellable {

    /** More than the usual delay of a timer. */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Enough time for the loop to read short messages from all its sockets, also on a busy host. */
    private static final long RESPITE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    /** Enough time for the loop to read long messages, which the peers may still be sending. */
    private static final long MAX_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final Logger LOGGER = LoggerFactory.getLogger(PatientTimer.class);

    private final EventLoop eventLoop;
    private final LongSupplier reads;
    private final Runnable task;
    /** A shorter timer is a check and not a deadline, and has respites of its own length. */
    private final long respite;

    private final long due;
    private volatile boolean cancelled;
    private volatile @Nullable Future<?> timer;

    // ------------------------------------------------------------------ used on the loop only

    private boolean hadRespite;
    /** When the task has waited long enough. */
    private long end;
    /** The number of reads when the last respite began. */
    private long readsBefore;

    private PatientTimer(EventLoop eventLoop, LongSupplier reads, long delayNanos, Runnable task) {
        this.eventLoop = eventLoop;
        this.reads = reads;
        this.task = task;
        this.respite = Math.min(RESPITE_NANOS, delayNanos);
        this.due = eventLoop.ticker().nanoTime() + delayNanos;
    }

    /**
     * Starts a timer.
     *
     * @param reads counts the reads of the loop; it is called on the loop
     */
    static PatientTimer start(EventLoop eventLoop, LongSupplier reads, long delayNanos, Runnable task) {
        PatientTimer timer = new PatientTimer(eventLoop, reads, delayNanos, task);
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
        if (needsRespite(eventLoop.ticker().nanoTime(), reads.getAsLong())) {
            schedule(respite);
        } else {
            run(task);
        }
    }

    /** {@return whether the timer is late, or data was read in the last respite, so that more may follow} */
    private boolean needsRespite(long now, long readsNow) {
        boolean needed;
        if (hadRespite) {
            needed = readsNow != readsBefore && now - end < 0;
        } else {
            long late = now - due;
            needed = late > LATE_NANOS;
            end = now + Math.min(late, MAX_WAIT_NANOS);
            hadRespite = true;
        }
        readsBefore = readsNow;
        return needed;
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
