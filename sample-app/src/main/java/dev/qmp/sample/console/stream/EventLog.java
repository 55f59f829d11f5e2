package dev.qmp.sample.console.stream;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The last entries, numbered. A reader passes the number that it wants to continue from, so the log has no state for
 * readers. A slow reader delays no machine and takes no memory: it loses entries, and gets their count. The log is
 * bounded by number and by size.
 *
 * <p>Thread safety: any thread may use it.
 */
@Component
final class EventLog {

    static final int CAPACITY = 4096;

    /** The limit of the length of all entries' texts. */
    static final int MAX_CHARACTERS = 16 * 1024 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final @Nullable Entry[] ring = new Entry[CAPACITY];
    private long oldest;
    private long next;
    private long characters;
    private boolean closed;

    void append(String type, String json) {
        lock.lock();
        try {
            while (next - oldest == CAPACITY || (oldest < next && characters + json.length() > MAX_CHARACTERS)) {
                forgetOldest();
            }
            ring[(int) (next % CAPACITY)] = new Entry(next, type, json);
            characters += json.length();
            next++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void forgetOldest() {
        int place = (int) (oldest % CAPACITY);
        characters -= entry(oldest).json().length();
        ring[place] = null;
        oldest++;
    }

    private Entry entry(long number) {
        return Objects.requireNonNull(ring[(int) (number % CAPACITY)]);
    }

    /** {@return the number that the next new entry will have} */
    long next() {
        lock.lock();
        try {
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for entries from the given number on, at most for the given time. */
    Batch read(long from, int most, Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long remaining = patience.toNanos();
            while (!closed && from >= next && remaining > 0) {
                remaining = changed.awaitNanos(remaining);
            }
            long first = Math.max(from, oldest);
            List<Entry> entries = new ArrayList<>();
            for (long number = first; number < next && entries.size() < most; number++) {
                entries.add(entry(number));
            }
            return new Batch(first - from, entries, closed);
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all readers, and ends the log. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Opens the log again. */
    void open() {
        lock.lock();
        try {
            closed = false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * One entry.
     *
     * @param number its place in the log
     * @param type its type
     * @param json its content
     */
    record Entry(long number, String type, String json) {}

    /**
     * The result of a read.
     *
     * @param lost the number of requested entries that the log has no longer
     * @param entries the entries after those, in order
     * @param closed whether the log has ended
     */
    record Batch(long lost, List<Entry> entries, boolean closed) {}
}
