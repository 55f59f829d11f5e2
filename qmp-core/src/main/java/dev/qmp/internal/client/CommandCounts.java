package dev.qmp.internal.client;

import dev.qmp.internal.client.PendingCommand.Stage;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * The numbers of a session's commands by stage, and the limit of its queue. A caller takes a place in the queue on its
 * own thread, before its command reaches the loop and the {@link CommandTable}.
 *
 * <p>Thread safety: any thread may use it. All numbers are in one atomic word. So a thread that reads them counts no
 * command twice, and misses none, while it changes from one stage to the next.
 */
final class CommandCounts {

    /**
     * The bits of each number, for two million commands. The socket's buffers limit the written commands, the queue's
     * capacity the queued ones.
     */
    private static final int BITS = 21;

    private static final int MOST = (1 << BITS) - 1;

    private static final long QUEUED = 1;
    private static final long PENDING = 1L << BITS;
    private static final long ABANDONED = 1L << (2 * BITS);

    /** Changes the word. An AtomicLong would be one object more for each connection. */
    private static final AtomicLongFieldUpdater<CommandCounts> WORD =
            AtomicLongFieldUpdater.newUpdater(CommandCounts.class, "word");

    private final int capacity;
    private volatile long word;

    /**
     * The numbers at one moment.
     *
     * @param queued accepted, and not written yet
     * @param pending written, and not answered
     * @param abandoned written, and its caller has ended the future
     */
    record Snapshot(int queued, int pending, int abandoned) {

        static final Snapshot NONE = new Snapshot(0, 0, 0);
    }

    /**
     * Creates the counts of a session without commands.
     *
     * @param capacity the maximum number of queued commands; {@value #MOST} at most
     */
    CommandCounts(int capacity) {
        this.capacity = Math.min(capacity, MOST);
    }

    /** {@return whether there is room for one more command} If so, it holds its room until it leaves the queue. */
    boolean admit() {
        // never above the capacity, even briefly, because another caller would be refused
        long before = word;
        while (queued(before) < capacity) {
            if (WORD.compareAndSet(this, before, before + QUEUED)) {
                return true;
            }
            before = word;
        }
        return false;
    }

    /** Counts a command in its next stage. */
    void move(Stage from, Stage to) {
        WORD.getAndAdd(this, one(to) - one(from));
    }

    /** Counts a command as done. An admitted command that did not enter the table releases its room. */
    void remove(Stage last) {
        WORD.getAndAdd(this, -one(last));
    }

    private static long one(Stage stage) {
        return switch (stage) {
            case QUEUED -> QUEUED;
            case WRITTEN -> PENDING;
            case ABANDONED -> ABANDONED;
        };
    }

    /** {@return the numbers of commands by stage} */
    Snapshot snapshot() {
        long now = word;
        return new Snapshot(queued(now), (int) (now >>> BITS) & MOST, abandoned(now));
    }

    /** {@return the number of abandoned commands on the wire} */
    int abandoned() {
        return abandoned(word);
    }

    private static int queued(long word) {
        return (int) word & MOST;
    }

    private static int abandoned(long word) {
        return (int) (word >>> (2 * BITS)) & MOST;
    }
}
