package dev.qmp.internal.transport;

import dev.qmp.internal.engine.Cancellable;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A timer that delays its task if it is late. Then the loop, the JVM or the whole machine was stopped, and arrived data
 * may not have been read yet. The loop reads that data first, for 25 ms or, if it is shorter, the timer's own time.
 * While it still reads data, the task waits on, until it has waited as long as the timer was late, or half a second.
 */
final class PatientTimer implements Runnable, Cancellable {

    /** More than the usual delay of a timer. */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Enough time for the loop to read short messages from all its sockets, also on a busy host. */
    private static final long RESPITE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    /** Enough time for the loop to read long messages, which the peers may still be sending. */
    private static final long MAX_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final Logger LOGGER = LoggerFactory.getLogger(PatientTimer.class);

    private final NettyLoop loop;
    private final Runnable task;
    /** When it is due, in the values of the loop's ticker. */
    private final long due;
    /** In nanoseconds. A shorter timer is a check and not a deadline, and has respites of its own length. */
    private final int respite;

    private volatile boolean cancelled;
    private volatile @Nullable Future<?> timer;

    private PatientTimer(NettyLoop loop, long delayNanos, Runnable task) {
        this.loop = loop;
        this.task = task;
        this.respite = (int) Math.min(RESPITE_NANOS, delayNanos);
        this.due = now() + delayNanos;
    }

    /** Starts a timer on a loop that is open. */
    static PatientTimer start(NettyLoop loop, long delayNanos, Runnable task) {
        PatientTimer timer = new PatientTimer(loop, delayNanos, task);
        timer.schedule(timer, delayNanos);
        return timer;
    }

    private long now() {
        return loop.eventLoop().ticker().nanoTime();
    }

    private void schedule(Runnable step, long delayNanos) {
        timer = loop.eventLoop().schedule(step, delayNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
        long late = now() - due;
        if (late > LATE_NANOS) {
            new Respites(now() + Math.min(late, MAX_WAIT_NANOS)).begin();
        } else if (!cancelled) {
            run(task);
        }
    }

    /** The respites of a late timer, one after the other. An object of its own, because nearly no timer is late. */
    private final class Respites implements Runnable {

        private final long end;
        private int readsBefore;

        Respites(long end) {
            this.end = end;
        }

        void begin() {
            readsBefore = loop.reads();
            if (!cancelled) {
                schedule(this, respite);
            }
        }

        @Override
        public void run() {
            if (loop.reads() != readsBefore && now() - end < 0) {
                begin();
            } else if (!cancelled) {
                PatientTimer.run(task);
            }
        }
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
