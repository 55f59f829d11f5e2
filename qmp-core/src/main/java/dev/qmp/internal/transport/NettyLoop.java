package dev.qmp.internal.transport;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Loop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

/** The engine's loop on one of Netty's. */
final class NettyLoop implements Loop {

    /** Whoever says "for ever" gets this, which still counts in nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private static final long LAST_TASKS_MILLIS = 2000;

    private final EventLoop eventLoop;

    NettyLoop(EventLoop eventLoop) {
        this.eventLoop = eventLoop;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    /** Once the loops are shut down, tasks run where they are given: nobody else is left to touch the state. */
    @Override
    public void execute(Runnable task) {
        try {
            eventLoop.execute(task);
        } catch (RejectedExecutionException e) {
            if (!LoopThread.isCurrent()) {
                eventLoop.terminationFuture().awaitUninterruptibly(LAST_TASKS_MILLIS); // its last tasks may be running
            }
            runAfterShutdown(task);
        }
    }

    private synchronized void runAfterShutdown(Runnable task) {
        task.run();
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        try {
            long nanos = delay.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : delay.toNanos();
            return PatientTimer.start(eventLoop, nanos, task);
        } catch (RejectedExecutionException e) {
            return Cancellable.NOTHING;
        }
    }

    @Override
    public boolean isOnLoop() {
        return eventLoop.inEventLoop();
    }

    @Override
    public boolean isOnAnyLoop() {
        return LoopThread.isCurrent();
    }
}
