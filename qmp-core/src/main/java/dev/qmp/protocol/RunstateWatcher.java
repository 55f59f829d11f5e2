package dev.qmp.protocol;

import dev.qmp.error.ListenerException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
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
    private final Supplier<Runstate> current;
    private @Nullable RunstateChange lastRead;
    private @Nullable ListenerException end;

    /**
     * Creates a watcher for an object that has a runstate.
     *
     * @param current gives the runstate now
     * @param isOnLoop tells whether the calling thread is an event loop, which must not wait
     * @param subscribe begins to hand each change to a consumer; its registration ends that
     */
    public static RunstateWatcher of(
            Supplier<Runstate> current,
            BooleanSupplier isOnLoop,
            Function<Consumer<RunstateChange>, Registration> subscribe) {
        Objects.requireNonNull(current, "current");
        Objects.requireNonNull(isOnLoop, "isOnLoop");
        Objects.requireNonNull(subscribe, "subscribe");
        AtomicReference<@Nullable Registration> subscription = new AtomicReference<>();
        RunstateWatcher watcher = new RunstateWatcher(current, isOnLoop, () -> {
            Registration begun = subscription.get();
            if (begun != null) {
                begun.close();
            }
        });
        subscription.set(subscribe.apply(watcher::add));
        return watcher;
    }

    RunstateWatcher(Supplier<Runstate> current, BooleanSupplier isOnLoop, Runnable unregister) {
        this.current = current;
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
     * @param timeout how long to wait; zero or a negative time does not wait
     * @return the change, null if none came in time
     * @throws ListenerException when closed, or when too many changes were left unread and those kept are read
     * @throws InterruptedException if the thread is interrupted
     * @throws IllegalStateException on an event loop, which must not wait
     */
    @UpperHalf
    public @Nullable RunstateChange next(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        long remaining = TimeUnit.NANOSECONDS.convert(timeout); // the longest there is, if it is longer
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
            lastRead = changes.poll();
            return lastRead;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the connection has come to a runstate, reading the changes on the way. True at once, and nothing is
     * read, if it is there already: by the last change that was read or, before the first one, when the watcher was
     * made.
     *
     * @param timeout how long to wait; zero or a negative time reads only the changes that are there
     * @return whether it came in time
     * @throws ListenerException as {@link #next(Duration)}
     * @throws InterruptedException if the thread is interrupted
     */
    @UpperHalf
    public boolean await(Runstate runstate, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(runstate, "runstate");
        Objects.requireNonNull(timeout, "timeout");
        long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
        while (!isAt(runstate)) {
            long remaining = deadline - System.nanoTime();
            RunstateChange change = next(Duration.of(Math.max(0, remaining), TimeUnit.NANOSECONDS.toChronoUnit()));
            if (change == null) {
                return false;
            }
        }
        return true;
    }

    /** Whether the reader has come to a runstate; what is still unread has not happened for him yet. */
    private boolean isAt(Runstate runstate) {
        lock.lock();
        try {
            RunstateChange read = lastRead;
            RunstateChange unread = changes.peek();
            if (read != null) {
                return read.current() == runstate;
            }
            return (unread != null ? unread.previous() : current.get()) == runstate;
        } finally {
            lock.unlock();
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
