package dev.qmp.protocol;

import dev.qmp.error.ListenerException;
import dev.qmp.internal.engine.Mailbox;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A FIFO of runstate changes from its creation on: each change once, in order, none merged. It holds {@value #CAPACITY}
 * unread changes. With one more it ends, because it must not drop a change.
 *
 * <p>Thread safety: any thread may use it.
 */
public final class RunstateWatcher implements AutoCloseable {

    /** The number of unread changes that a watcher holds. */
    public static final int CAPACITY = 1024;

    private final Changes changes = new Changes();
    private final Mailbox<RunstateChange> mailbox =
            new Mailbox<>(changes, "the runstate watcher was left " + CAPACITY + " changes behind");
    private final BooleanSupplier isOnLoop;
    private final Runnable unregister;
    private final Supplier<Runstate> current;

    /** The unread changes and the last one read. */
    private static final class Changes implements Mailbox.Store<RunstateChange> {

        private final ArrayDeque<RunstateChange> unread = new ArrayDeque<>();
        private @Nullable RunstateChange lastRead;

        @Override
        public boolean add(RunstateChange change) {
            return unread.size() < CAPACITY && unread.add(change);
        }

        @Override
        public @Nullable RunstateChange poll() {
            RunstateChange next = unread.poll();
            lastRead = next == null ? lastRead : next;
            return next;
        }

        @Override
        public boolean isEmpty() {
            return unread.isEmpty();
        }
    }

    /**
     * Creates a watcher for an object that has a runstate.
     *
     * @param current supplies the present runstate
     * @param isOnLoop whether the calling thread is an event loop, which must not wait
     * @param subscribe subscribes a consumer to the changes; closing the registration ends the subscription
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
        mailbox.add(change);
    }

    /**
     * Waits for the next change.
     *
     * @param timeout how long to wait; with zero or a negative time the method does not wait
     * @return the change; null if no change happened in time
     * @throws ListenerException if the watcher was closed, or ended because it was full; unread changes are returned
     *     first
     * @throws InterruptedException if the thread is interrupted
     * @throws IllegalStateException on an event loop, which must not wait
     */
    @UpperHalf
    public @Nullable RunstateChange next(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        long remaining = TimeUnit.NANOSECONDS.convert(timeout); // a longer timeout counts as the longest possible
        if (remaining > 0 && isOnLoop.getAsBoolean()) {
            throw new IllegalStateException("waiting for a runstate on an event loop would stall its connections");
        }
        return mailbox.await(remaining);
    }

    /**
     * Waits until the connection reaches a runstate, and reads the changes until then. If it has that runstate already,
     * the method returns true at once and reads nothing. The present runstate is that of the last change read; before
     * the first one, that at the watcher's creation.
     *
     * @param timeout how long to wait; with zero or a negative time only the present changes are read
     * @return whether the runstate was reached in time
     * @throws ListenerException as {@link #next(Duration)}
     * @throws InterruptedException if the thread is interrupted
     */
    @UpperHalf
    public boolean await(Runstate runstate, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(runstate, "runstate");
        Objects.requireNonNull(timeout, "timeout");
        long deadline = System.nanoTime() + Math.max(0, TimeUnit.NANOSECONDS.convert(timeout));
        while (!isAt(runstate)) {
            long remaining = deadline - System.nanoTime();
            RunstateChange change = next(Duration.of(Math.max(0, remaining), TimeUnit.NANOSECONDS.toChronoUnit()));
            if (change == null) {
                return false;
            }
        }
        return true;
    }

    /** {@return whether the last change read leads to the runstate} Unread changes do not count yet. */
    private boolean isAt(Runstate runstate) {
        return mailbox.locked(() -> {
            RunstateChange read = changes.lastRead;
            RunstateChange unread = changes.unread.peek();
            if (read != null) {
                return read.current() == runstate;
            }
            return (unread != null ? unread.previous() : current.get()) == runstate;
        });
    }

    /** Ends the watcher. Waiting readers receive a {@link ListenerException}. */
    @Override
    public void close() {
        unregister.run();
        mailbox.end(new ListenerException("the runstate watcher was closed", null));
    }
}
