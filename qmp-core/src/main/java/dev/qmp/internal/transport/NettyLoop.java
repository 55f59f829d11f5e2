package dev.qmp.internal.transport;

import dev.qmp.error.Checks;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.Once;
import dev.qmp.internal.engine.SerialDelivery;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's loop on a loop of Netty. The first task opens that loop on a thread of its own, because the caller need
 * not wait while hundreds of classes are loaded. Tasks wait until the loop is open, in their order.
 *
 * <p>If the loop cannot be opened, for example because of too many open files, the waiting tasks run on the opening
 * thread. So an attempt to connect fails with the reason. Each later task tries to open the loop again.
 */
final class NettyLoop implements Loop {

    private static final Logger LOGGER = LoggerFactory.getLogger(NettyLoop.class);

    /** The threads that run a task in place of a loop. As on a loop, a blocking call there would wait for itself. */
    private static final Set<Thread> SUBSTITUTES = ConcurrentHashMap.newKeySet();

    private final Supplier<EventLoop> source;
    /** Null until it is open. */
    private volatile @Nullable EventLoop eventLoop;
    /** The tasks until then. */
    private List<Runnable> waiting = new ArrayList<>();
    /** Whether a thread opens the loop. */
    private boolean opening;
    /** Why the loop could not be opened. */
    private volatile @Nullable Throwable obstacle;
    /** Runs tasks after the end of the loop; null before. */
    private @Nullable Executor afterEnd;

    /** Counts the reads of the connections, and may overflow. Used on the loop only. */
    private int reads;

    /** The thread that runs a task in place of a loop that is not open or has ended; null while there is none. */
    private volatile @Nullable Thread substitute;

    /**
     * Creates a loop that is opened by its first task.
     *
     * @param source opens Netty's loop, or throws
     */
    NettyLoop(Supplier<EventLoop> source) {
        this.source = source;
    }

    /** Creates a loop that is open. */
    NettyLoop(EventLoop open) {
        this(() -> open);
        this.eventLoop = open;
    }

    /**
     * {@return Netty's loop, for a task of this loop}
     *
     * @throws ChannelException if it could not be opened
     */
    EventLoop eventLoop() {
        EventLoop open = eventLoop;
        if (open == null) {
            throw new ChannelException("no event loop could be opened" + reason(obstacle), obstacle);
        }
        return open;
    }

    /** {@return the first cause of a failure, which Netty wraps several times} */
    private static String reason(@Nullable Throwable failure) {
        Throwable first = failure;
        while (first != null && first.getCause() != null) {
            first = first.getCause();
        }
        return first == null ? "" : ": " + Text.messageOf(first);
    }

    /**
     * Runs a task. After the end of the loop, tasks run one after the other on the shared callback executor, never
     * within this call. While the loop ends, Netty may accept a task and never run it. Such a task runs after the
     * loop's last ones.
     */
    @Override
    public void execute(Runnable task) {
        EventLoop open = eventLoop;
        if (open != null && open.inEventLoop()) {
            give(open, task);
        } else {
            executeAtLeastOnce(new Once(task));
        }
    }

    @Override
    public void executeAtLeastOnce(Runnable task) {
        EventLoop open = eventLoop;
        if (open == null) {
            open = openOrWait(task);
        }
        if (open != null) {
            giveFromOutside(open, task);
        }
    }

    private void giveFromOutside(EventLoop open, Runnable task) {
        give(open, task);
        if (open.isShutdown()) {
            open.terminationFuture().addListener(ended -> executeAfterEnd(task));
        }
    }

    private void give(EventLoop open, Runnable task) {
        try {
            open.execute(task);
        } catch (RejectedExecutionException e) {
            open.terminationFuture().addListener(ended -> executeAfterEnd(task));
        }
    }

    // ------------------------------------------------------------------ before the loop is open

    /** {@return the open loop; null if the task waits for it} */
    private synchronized @Nullable EventLoop openOrWait(Runnable task) {
        EventLoop open = eventLoop;
        if (open == null) {
            waiting.add(task);
            if (!opening) {
                LoopThread.opener(this::open).start();
                opening = true;
            }
        }
        return open;
    }

    private void open() {
        while (keepOpening()) {
            try {
                opened(source.get());
            } catch (Throwable e) { // such as a failure to open a selector
                obstacle = e;
                runInPlaceOfLoop(this::runWaiting);
            }
        }
    }

    /** {@return whether tasks wait for a loop} If not, this thread ends, and the next task starts another one. */
    private synchronized boolean keepOpening() {
        opening = eventLoop == null && !waiting.isEmpty();
        return opening;
    }

    /** Sets the loop after the waiting tasks are given to it, so that no other task overtakes them. */
    private synchronized void opened(EventLoop open) {
        giveFromOutside(open, this::runWaiting);
        eventLoop = open;
    }

    private void runWaiting() {
        for (Runnable task : takeWaiting()) {
            try {
                task.run();
            } catch (Throwable e) {
                LOGGER.error("A task of the event loop failed", e); // the next ones run
            }
        }
    }

    /** {@return the waiting tasks} The lock lets the loop's thread wait until the loop is set. */
    private synchronized List<Runnable> takeWaiting() {
        if (!isOnLoop()) {
            return List.of(); // a loop that could not start its thread in time was replaced by another one
        }
        List<Runnable> taken = waiting;
        waiting = new ArrayList<>();
        return taken;
    }

    // ------------------------------------------------------------------ after the loop has ended

    private void executeAfterEnd(Runnable task) {
        afterEnd().execute(() -> runInPlaceOfLoop(task));
    }

    private void runInPlaceOfLoop(Runnable task) {
        Thread current = Thread.currentThread();
        boolean added = SUBSTITUTES.add(current);
        substitute = current;
        try {
            task.run();
        } finally {
            substitute = null;
            if (added) {
                SUBSTITUTES.remove(current);
            }
        }
    }

    private synchronized Executor afterEnd() {
        Executor present = afterEnd;
        if (present == null) {
            FailureLog failures = new FailureLog(LOGGER);
            present = SerialDelivery.inOrder(new CallbackExecutor(CallbackExecutor.SHARED, failures), failures);
            afterEnd = present;
        }
        return present;
    }

    // ------------------------------------------------------------------ at any time

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        long nanos = Checks.bounded(delay).toNanos();
        EventLoop open = eventLoop;
        if (open == null) {
            Executor later = CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, this::execute);
            CompletableFuture<Void> timer = CompletableFuture.runAsync(() -> PatientTimer.run(task), later);
            return () -> timer.cancel(false);
        }
        try {
            return PatientTimer.start(this, nanos, task);
        } catch (RejectedExecutionException e) {
            return Cancellable.NOTHING;
        }
    }

    @Override
    public void arrived() {
        reads++;
    }

    /** {@return a number that changes with each read of a connection} */
    int reads() {
        return reads;
    }

    @Override
    public boolean isOnLoop() {
        EventLoop open = eventLoop;
        return (open != null && open.inEventLoop()) || substitute == Thread.currentThread();
    }

    @Override
    public boolean isOnAnyLoop() {
        return isLoop(Thread.currentThread());
    }

    /** {@return whether the thread is an event loop, or runs a task in place of one} */
    static boolean isLoop(Thread thread) {
        return thread instanceof LoopThread || SUBSTITUTES.contains(thread);
    }
}
