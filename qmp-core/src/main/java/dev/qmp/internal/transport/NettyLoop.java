package dev.qmp.internal.transport;

import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.SerialDelivery;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The engine's loop on a loop of Netty. */
final class NettyLoop implements Loop {

    /** The longest delay: it stands for "for ever" and still fits into a count of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final EventLoop eventLoop;
    /** Runs tasks after the end of the loop; null before. */
    private @Nullable Executor afterEnd;

    /** The thread that runs a task in place of the ended loop; null while there is none. */
    private volatile @Nullable Thread substitute;

    NettyLoop(EventLoop eventLoop) {
        this.eventLoop = eventLoop;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    /**
     * Runs a task. After the end of the loop, tasks run one after the other on the shared callback executor, never
     * within this call. While the loop ends, Netty may accept a task and never run it. Such a task runs after the
     * loop's last ones.
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
            eventLoop.terminationFuture().addListener(ended -> executeAfterEnd(once));
        }
    }

    @Override
    public void trigger(Runnable task) {
        give(task);
        if (eventLoop.isShutdown()) {
            eventLoop.terminationFuture().addListener(ended -> executeAfterEnd(task));
        }
    }

    private void give(Runnable task) {
        try {
            eventLoop.execute(task);
        } catch (RejectedExecutionException e) {
            eventLoop.terminationFuture().addListener(ended -> executeAfterEnd(task));
        }
    }

    private void executeAfterEnd(Runnable task) {
        afterEnd().execute(() -> {
            substitute = Thread.currentThread();
            try {
                task.run();
            } finally {
                substitute = null;
            }
        });
    }

    private synchronized Executor afterEnd() {
        Executor present = afterEnd;
        if (present == null) {
            FailureLog failures = new FailureLog(LoggerFactory.getLogger(NettyLoop.class));
            present = SerialDelivery.inOrder(new CallbackExecutor(CallbackExecutor.SHARED, failures), failures);
            afterEnd = present;
        }
        return present;
    }

    /** Runs its task once, although two executors may call it. */
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
        return eventLoop.inEventLoop() || substitute == Thread.currentThread();
    }

    @Override
    public boolean isOnAnyLoop() {
        return LoopThread.isCurrent();
    }
}
