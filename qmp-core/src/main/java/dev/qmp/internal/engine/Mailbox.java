package dev.qmp.internal.engine;

import dev.qmp.error.ListenerException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bounded FIFO between the event loop, which adds, and any threads, which read or wait. Its {@link Store} decides
 * what happens when it is full. After the end of a mailbox, its messages can still be read. Then readers receive the
 * reason.
 *
 * <p>Thread safety: by one lock. No other code is called under it, except for the store.
 *
 * @param <T> the messages
 */
public final class Mailbox<T> {

    private final Store<T> store;
    private final String whenFull;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private @Nullable ListenerException end;

    /**
     * Contains the messages of a mailbox, and has their bound. It is called under the mailbox's lock.
     *
     * @param <T> the messages
     */
    public interface Store<T> {

        /** {@return whether the message has a place, or the store has dropped one; if not, the mailbox ends} */
        boolean add(T message);

        /** {@return the next message, which is removed; null if there is none} */
        @Nullable
        T poll();

        /** {@return whether there is no message} */
        boolean isEmpty();
    }

    /** A store that drops no message. */
    private record Bounded<T>(int capacity, ArrayDeque<T> messages) implements Store<T> {

        @Override
        public boolean add(T message) {
            return messages.size() < capacity && messages.add(message);
        }

        @Override
        public @Nullable T poll() {
            return messages.poll();
        }

        @Override
        public boolean isEmpty() {
            return messages.isEmpty();
        }
    }

    /**
     * Creates a mailbox.
     *
     * @param whenFull the text of the exception if the store has no place for a message
     */
    public Mailbox(Store<T> store, String whenFull) {
        this.store = store;
        this.whenFull = whenFull;
    }

    /** {@return a mailbox that ends rather than drop a message} */
    public static <T> Mailbox<T> bounded(int capacity, String whenFull) {
        return new Mailbox<>(new Bounded<>(capacity, new ArrayDeque<>()), whenFull);
    }

    /** {@return whether the mailbox goes on} If it has ended, the message is ignored. */
    public boolean add(T message) {
        lock.lock();
        try {
            if (end != null) {
                return false;
            }
            if (store.add(message)) {
                filled.signal();
                return true;
            }
            end = new ListenerException(whenFull, null);
            filled.signalAll();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** {@return the next message, which is removed; null if there is none} */
    public @Nullable T poll() {
        return locked(store::poll);
    }

    /**
     * {@return the next message, which is removed; null if none comes in time}
     *
     * @throws ListenerException if the mailbox has ended and is empty
     */
    public @Nullable T await(long nanos) throws InterruptedException {
        long remaining = nanos;
        lock.lockInterruptibly();
        try {
            while (store.isEmpty()) {
                if (end != null) {
                    throw end;
                }
                if (remaining <= 0) {
                    return null;
                }
                remaining = filled.awaitNanos(remaining);
            }
            return store.poll();
        } finally {
            lock.unlock();
        }
    }

    /** {@return all messages, which are removed} */
    public List<T> drain() {
        lock.lock();
        try {
            List<T> all = new ArrayList<>();
            for (T next = store.poll(); next != null; next = store.poll()) {
                all.add(next);
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** {@return what the reading of the store returns} No other thread uses the store at the same time. */
    public <R extends @Nullable Object> R locked(Supplier<R> reading) {
        lock.lock();
        try {
            return reading.get();
        } finally {
            lock.unlock();
        }
    }

    /** {@return why the mailbox has ended, if it is empty; else null} */
    public @Nullable ListenerException endReason() {
        lock.lock();
        try {
            return store.isEmpty() ? end : null;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the mailbox, unless it has ended already. */
    public void end(ListenerException reason) {
        lock.lock();
        try {
            if (end == null) {
                end = reason;
            }
            filled.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
