package dev.qmp.internal.client;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The numbers of queued, pending and abandoned commands of a session. All three are in one word. So another thread that
 * reads them counts no command twice, and misses none, while it changes from one to the next.
 */
final class CommandCounts {

    /** Two million of each. Written commands fit into a socket's buffers, and the queue is bounded. */
    private static final int BITS = 21;

    private static final int MOST = (1 << BITS) - 1;

    private static final long QUEUED = 1;
    private static final long PENDING = 1L << BITS;
    private static final long ABANDONED = 1L << (2 * BITS);

    static final Snapshot NONE = new Snapshot(0, 0, 0);

    private final AtomicLong word = new AtomicLong();
    private final int capacity;

    /**
     * Creates counts of commands.
     *
     * @param capacity the maximum number of queued commands; {@value #MOST} at most
     */
    CommandCounts(int capacity) {
        this.capacity = Math.min(capacity, MOST);
    }

    /** All three numbers at one moment. */
    record Snapshot(int queued, int pending, int abandoned) {}

    Snapshot snapshot() {
        long now = word.get();
        return new Snapshot(queued(now), (int) (now >>> BITS) & MOST, (int) (now >>> (2 * BITS)));
    }

    private static int queued(long now) {
        return (int) now & MOST;
    }

    /**
     * Counts one more queued command if there is room.
     *
     * @return whether there was room
     */
    boolean admit() {
        // never above the capacity, even briefly, because another caller would be refused
        long before = word.get();
        while (queued(before) < capacity) {
            if (word.compareAndSet(before, before + QUEUED)) {
                return true;
            }
            before = word.get();
        }
        return false;
    }

    /** Counts a command that leaves the queue, or was only admitted to it. */
    void dismiss() {
        word.getAndAdd(-QUEUED);
    }

    /** Counts a queued command as written. */
    void written() {
        word.getAndAdd(PENDING - QUEUED);
    }

    /** Counts a pending command as queued again. */
    void requeued() {
        word.getAndAdd(QUEUED - PENDING);
    }

    /** Counts a pending command as done. */
    void answered() {
        word.getAndAdd(-PENDING);
    }

    /** Counts a pending command as abandoned. */
    void abandoned() {
        word.getAndAdd(ABANDONED - PENDING);
    }

    /** Counts an abandoned command as done. */
    void abandonedDone() {
        word.getAndAdd(-ABANDONED);
    }
}
