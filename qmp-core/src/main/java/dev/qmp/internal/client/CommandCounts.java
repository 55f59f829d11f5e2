package dev.qmp.internal.client;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many commands of a client are queued, pending and orphaned. All three are kept in one word: whoever reads them
 * from another thread sees no command twice, and none missing, while it goes from one to the next.
 */
final class CommandCounts {

    /** Two million of each: what is written fits into a socket's buffers, and the queue is bounded. */
    private static final int BITS = 21;

    private static final int MOST = (1 << BITS) - 1;

    private static final long QUEUED = 1;
    private static final long PENDING = 1L << BITS;
    private static final long ORPHANED = 1L << (2 * BITS);

    static final Snapshot NONE = new Snapshot(0, 0, 0);

    private final AtomicLong word = new AtomicLong();
    private final int capacity;

    /** Counts commands of which so many may be queued, and {@value #MOST} at most. */
    CommandCounts(int capacity) {
        this.capacity = Math.min(capacity, MOST);
    }

    /** All three at one moment. */
    record Snapshot(int queued, int pending, int orphaned) {}

    Snapshot snapshot() {
        long now = word.get();
        return new Snapshot(queued(now), (int) (now >>> BITS) & MOST, (int) (now >>> (2 * BITS)));
    }

    private static int queued(long now) {
        return (int) now & MOST;
    }

    /** {@return whether there was room for one more, which is taken then} */
    boolean admit() {
        // never above capacity, not even for a moment: another caller would be refused for it
        long before = word.getAndUpdate(now -> queued(now) < capacity ? now + QUEUED : now);
        return queued(before) < capacity;
    }

    /** A queued command leaves, or one that was to be. */
    void dismiss() {
        word.getAndAdd(-QUEUED);
    }

    /** A queued command is written. */
    void written() {
        word.getAndAdd(PENDING - QUEUED);
    }

    /** A pending command is queued once more. */
    void requeued() {
        word.getAndAdd(QUEUED - PENDING);
    }

    /** A pending command has its outcome. */
    void answered() {
        word.getAndAdd(-PENDING);
    }

    /** The caller of a pending command has given up. */
    void orphaned() {
        word.getAndAdd(ORPHANED - PENDING);
    }

    /** An orphan has left. */
    void buried() {
        word.getAndAdd(-ORPHANED);
    }
}
