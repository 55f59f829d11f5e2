package dev.qmp.internal.client;

import dev.qmp.internal.client.PendingCommand.Stage;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The numbers of a session's commands by stage, and the limit of its queue. A caller takes a place in the queue on its
 * own thread, before its command reaches the loop and the {@link CommandTable}.
 *
 * <p>Thread safety: any thread may use it. All numbers are in one atomic word. So a thread that reads them counts no
 * command twice, and misses none, while it changes from one stage to the next.
 */
final class CommandCounts extends AtomicLong {

    private static final long serialVersionUID = 1L;

    /**
     * The bits of each number, for two million commands. The socket's buffers limit the written commands, the queue's
     * capacity the queued ones.
     */
    private static final int BITS = 21;

    private static final int MOST = (1 << BITS) - 1;

    private static final long QUEUED = 1;
    private static final long PENDING = 1L << BITS;
    private static final long ABANDONED = 1L << (2 * BITS);

    private final int capacity;

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

    /** {@return whether there is room for one more command} If so, it counts as queued. */
    boolean admit() {
        // never above the capacity, even briefly, because another caller would be refused
        long before = get();
        while (queued(before) < capacity) {
            if (compareAndSet(before, before + QUEUED)) {
                return true;
            }
            before = get();
        }
        return false;
    }

    /** Counts a command in its next stage. */
    void move(Stage from, Stage to) {
        getAndAdd(one(to) - one(from));
    }

    /** Counts a command as done. {@link PendingCommand#release} calls this method once for a command. */
    void remove(Stage last) {
        getAndAdd(-one(last));
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
        long now = get();
        return new Snapshot(queued(now), (int) (now >>> BITS) & MOST, abandoned(now));
    }

    /** {@return the number of abandoned commands on the wire} */
    int abandoned() {
        return abandoned(get());
    }

    private static int queued(long word) {
        return (int) word & MOST;
    }

    private static int abandoned(long word) {
        return (int) (word >>> (2 * BITS)) & MOST;
    }
}
