package dev.qmp.protocol;

import dev.qmp.error.ListenerException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A FIFO of runstate changes, from the moment it was made: each change once, in order, none merged. One that is not
 * read holds {@value #CAPACITY} changes and then ends rather than forget one.
 *
 * <p>Thread safety: any thread may use it.
 */
public final class RunstateWatcher implements AutoCloseable {

    /** How many unread changes a watcher holds. */
    public static final int CAPACITY = 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<RunstateChange> changes = new ArrayDeque<>();
    private final BooleanSupplier isOnLoop;
    private final Runnable unregister;
    private @Nullable ListenerException end;

    RunstateWatcher(BooleanSupplier isOnLoop, Runnable unregister) {
        this.isOnLoop = isOnLoop;
        this.unregister = unregister;
    }

    @BottomHalf
    void add(RunstateChange change) {
        lock.lock();
        try {
            if (end == null && changes.size() == CAPACITY) {
                end = new ListenerException("the runstate watcher was left " + CAPACITY + " changes behind", null);
            } else if (end == null) {
                changes.add(change);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the next change.
     *
     * @return the change, null if none came in time
     * @throws ListenerException when closed, or when too many changes were left unread and those kept are read
     * @throws InterruptedException if the thread is interrupted
     * @throws IllegalStateException on an event loop, which must not wait
     */
    @UpperHalf
    public @Nullable RunstateChange next(Duration timeout) throws InterruptedException {
        long remaining = timeout.toNanos();
        if (remaining > 0 && isOnLoop.getAsBoolean()) {
            throw new IllegalStateException("waiting for a runstate on an event loop would stall its connections");
        }
        lock.lockInterruptibly();
        try {
            while (changes.isEmpty()) {
                if (end != null) {
                    throw end;
                }
                if (remaining <= 0) {
                    return null;
                }
                remaining = changed.awaitNanos(remaining);
            }
            return changes.poll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the connection has come to a runstate, reading the changes on the way.
     *
     * @return whether it came in time
     * @throws ListenerException as {@link #next(Duration)}
     * @throws InterruptedException if the thread is interrupted
     */
    @UpperHalf
    public boolean await(Runstate runstate, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            long remaining = deadline - System.nanoTime();
            RunstateChange change = next(Duration.of(Math.max(0, remaining), TimeUnit.NANOSECONDS.toChronoUnit()));
            if (change == null) {
                return false;
            }
            if (change.current() == runstate) {
                return true;
            }
        }
    }

    /** Ends the watcher; whoever waits is told. */
    @Override
    public void close() {
        unregister.run();
        lock.lock();
        try {
            if (end == null) {
                end = new ListenerException("the runstate watcher was closed", null);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
