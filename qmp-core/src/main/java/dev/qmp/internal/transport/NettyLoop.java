package dev.qmp.internal.transport;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Loop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

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

    /**
     * Once the loops are shut down, tasks run where they are given: nobody else is left to touch the state. One that is
     * given while the loop runs its last ones may be taken by Netty, and never run: it runs after them.
     */
    @Override
    public void execute(Runnable task) {
        if (eventLoop.inEventLoop()) {
            give(task);
            return;
        }
        Once once = new Once(task);
        give(once);
        if (eventLoop.isShutdown()) {
            eventLoop.terminationFuture().addListener(ended -> runAfterShutdown(once));
        }
    }

    private void give(Runnable task) {
        try {
            eventLoop.execute(task);
        } catch (RejectedExecutionException e) {
            if (!LoopThread.isCurrent()) {
                eventLoop.terminationFuture().awaitUninterruptibly(LAST_TASKS_MILLIS); // its last tasks may be running
            }
            runAfterShutdown(task);
        }
    }

    /** Runs once, whoever has it run. */
    private static final class Once extends AtomicBoolean implements Runnable {

        private final transient Runnable task;

        Once(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            if (compareAndSet(false, true)) {
                task.run();
            }
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
