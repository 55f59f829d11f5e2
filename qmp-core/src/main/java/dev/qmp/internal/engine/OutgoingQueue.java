package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages accepted and not yet written, in two lanes: the urgent one goes first. Starts empty with every session.
 *
 * <p>Each step takes constant time, however long the queue is, because all connections of a loop wait for it. So a
 * withdrawn message is only marked, and leaves its lane when its turn comes, or when half of the queue is marked.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class OutgoingQueue<M> {

    private final SessionHandler<M> handler;
    private final ArrayDeque<M> urgent = new ArrayDeque<>();
    private final ArrayDeque<M> ordinary = new ArrayDeque<>();
    /** How often each message waits. */
    private final IdentityHashMap<M, Integer> waiting = new IdentityHashMap<>();
    /** How often each message still stands in a lane although it was withdrawn. */
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

    /** {@return the next message that may be written now, null if there is none or the system cannot take it} */
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

    /** {@return whether the very message was still here, and is no more} */
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

    /** Takes out all that is marked: as much as waits at least, so that it costs each withdrawal little. */
    private void sweep() {
        urgent.removeIf(message -> forget(withdrawn, message));
        ordinary.removeIf(message -> forget(withdrawn, message));
        marked = 0;
    }

    /** {@return whether the message was counted, and is so once less} */
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

    /** {@return what was still waiting} The queue is empty before a hook runs, so that no hook finds it half full. */
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
