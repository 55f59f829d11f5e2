package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are accepted and not yet written, in two lanes. The urgent lane has priority. Each session has its own
 * queue.
 *
 * <p>Each step takes constant time, independently of the length, because all connections of a loop wait for it. So a
 * withdrawn message is only marked. It is removed when its turn comes, or when half of the queue is marked.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class OutgoingQueue<M> {

    private final SessionHandler<M> handler;
    private final ArrayDeque<M> urgent = new ArrayDeque<>();
    private final ArrayDeque<M> ordinary = new ArrayDeque<>();
    /** The number of times that each message waits. */
    private final IdentityHashMap<M, Integer> waiting = new IdentityHashMap<>();
    /** The number of times that each withdrawn message is still in a lane. */
    private final IdentityHashMap<M, Integer> withdrawn = new IdentityHashMap<>();

    private int size;
    private int marked;

    OutgoingQueue(SessionHandler<M> handler) {
        this.handler = handler;
    }

    void add(M message, boolean isUrgent) {
        (isUrgent ? urgent : ordinary).add(message);
        waiting.merge(message, 1, Integer::sum);
        size++;
    }

    /** {@return the next message that may be written now; null if there is none, or the system cannot take it} */
    @Nullable
    M poll(Predicate<M> isWritable) {
        M next = peek(urgent);
        ArrayDeque<M> lane = next != null ? urgent : ordinary;
        boolean ready;
        if (next != null) {
            ready = handler.maySendUrgent(next);
        } else {
            next = peek(ordinary);
            ready = next != null && handler.maySend(next);
        }
        if (next == null || !ready || !isWritable.test(next)) {
            return null;
        }
        lane.remove();
        forget(waiting, next);
        size--;
        return next;
    }

    private @Nullable M peek(ArrayDeque<M> lane) {
        M next = lane.peek();
        while (next != null && marked > 0 && forget(withdrawn, next)) {
            marked--;
            lane.remove();
            next = lane.peek();
        }
        return next;
    }

    /** {@return whether this same message was still queued} It is removed then. */
    boolean remove(M message) {
        if (!forget(waiting, message)) {
            return false;
        }
        withdrawn.merge(message, 1, Integer::sum);
        size--;
        marked++;
        if (marked > size) {
            sweep();
        }
        return true;
    }

    /** Removes all marked messages. They are at least half of the queue, so the cost for each withdrawal is small. */
    private void sweep() {
        urgent.removeIf(message -> forget(withdrawn, message));
        ordinary.removeIf(message -> forget(withdrawn, message));
        marked = 0;
    }

    /**
     * Decreases the count of a message.
     *
     * @return whether it was counted
     */
    private static <M> boolean forget(IdentityHashMap<M, Integer> counts, M message) {
        Integer count = counts.remove(message);
        if (count != null && count > 1) {
            counts.put(message, count - 1);
        }
        return count != null;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /**
     * {@return the messages that were still waiting} The queue is empty before a hook runs, so no hook sees it half
     * full.
     */
    List<M> clear() {
        sweep();
        List<M> cleared = new ArrayList<>(urgent);
        cleared.addAll(ordinary);
        urgent.clear();
        ordinary.clear();
        waiting.clear();
        size = 0;
        return cleared;
    }
}
