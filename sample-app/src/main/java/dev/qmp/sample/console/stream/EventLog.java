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
 * The last things that happened, numbered. A reader names the number it wants to go on from, so that the log knows no
 * readers, and a slow one can neither hold up the machines nor make this application's memory grow: it loses entries,
 * and is told how many. The log is bounded by number and by size, since machines may have much to say. Thread-safe.
 */
@Component
final class EventLog {

    static final int CAPACITY = 4096;

    /** Of all entries' texts together. */
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

    /** {@return the number of the next entry, which is yet to happen} */
    long next() {
        lock.lock();
        try {
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for entries from the given number on, but not longer than the given time. */
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

    /** Wakes all readers, for the last time. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes entries and readers again. */
    void open() {
        lock.lock();
        try {
            closed = false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * One thing that happened.
     *
     * @param number its place in the log
     * @param type what kind of thing
     * @param json what there is to say about it
     */
    record Entry(long number, String type, String json) {}

    /**
     * What a reader gets.
     *
     * @param lost how many entries it wanted that are forgotten
     * @param entries the entries after those, in order
     * @param closed whether nothing will follow
     */
    record Batch(long lost, List<Entry> entries, boolean closed) {}
}
