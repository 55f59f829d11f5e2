package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a session has accepted and not yet written, in two queues. The urgent queue has priority.
 *
 * <p>Each step takes constant time, independently of the length, because all connections of a loop wait for it. So a
 * withdrawn message is only marked. It is removed when its turn comes, or when half of the queue is marked. A
 * short queue is searched instead. An idle connection keeps one empty queue only.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class OutgoingQueue<M> {

    /** The queues grow with what is in them. */
    private static final int FEW = 1;

    /** A queue of at most so many messages is searched. */
    private static final int SHORT = 32;

    private final SessionHandler<M> handler;
    /** Null while it is empty, because urgent messages are rare. */
    private @Nullable ArrayDeque<M> urgent;

    private final ArrayDeque<M> ordinary = new ArrayDeque<>(FEW);
    /** The marks of a queue that was long when a message was withdrawn, until it is empty; else null. */
    private @Nullable Marks<M> marks;

    private int size;

    /** How often each message is in the queues. */
    private static final class Marks<M> {

        private final IdentityHashMap<M, Integer> waiting = new IdentityHashMap<>();
        private final IdentityHashMap<M, Integer> withdrawn = new IdentityHashMap<>();
        private int marked;

        Marks(Iterable<M> queued) {
            queued.forEach(this::added);
        }

        private void added(M message) {
            waiting.merge(message, 1, Integer::sum);
        }

        /** {@return whether the message was marked as withdrawn} Its mark is removed, because the message is. */
        private boolean takeMark(M message) {
            boolean was = marked > 0 && forget(withdrawn, message);
            marked -= was ? 1 : 0;
            return was;
        }
    }

    OutgoingQueue(SessionHandler<M> handler) {
        this.handler = handler;
    }

    void add(M message, boolean isUrgent) {
        if (isUrgent) {
            ArrayDeque<M> queue = urgent == null ? new ArrayDeque<>(FEW) : urgent;
            urgent = queue;
            queue.add(message);
        } else {
            ordinary.add(message);
        }
        if (marks != null) {
            marks.added(message);
        }
        size++;
    }

    /**
     * {@return the next message that may be written now; null if there is none, or the system cannot take it}
     *
     * @param transport makes room for the message
     */
    @Nullable
    M poll(Transport<M> transport) {
        ArrayDeque<M> first = urgent;
        ArrayDeque<M> queue = first != null && skipWithdrawn(first) != null ? first : ordinary;
        M next = skipWithdrawn(queue);
        if (next == null) {
            return null;
        }
        boolean ready = queue == first ? handler.maySendUrgent(next) : handler.maySend(next);
        if (!ready || !transport.makeRoom(next)) {
            return null;
        }
        queue.remove();
        if (marks != null) {
            forget(marks.waiting, next);
        }
        shrink();
        return next;
    }

    /** Removes the withdrawn messages at a queue's head. {@return the message that is its head then; null if empty} */
    private @Nullable M skipWithdrawn(ArrayDeque<M> queue) {
        M next = queue.peek();
        while (next != null && marks != null && marks.takeMark(next)) {
            queue.remove();
            next = queue.peek();
        }
        return next;
    }

    /** {@return whether this same message was still queued} It is removed then. */
    boolean remove(M message) {
        if (marks == null && size <= SHORT) {
            return removeFrom(urgent, message) || removeFrom(ordinary, message);
        }
        Marks<M> present = marks == null ? new Marks<>(queued()) : marks;
        marks = present;
        if (!forget(present.waiting, message)) {
            return false;
        }
        present.withdrawn.merge(message, 1, Integer::sum);
        present.marked++;
        shrink();
        if (present.marked > size) {
            sweep();
        }
        return true;
    }

    private List<M> queued() {
        List<M> all = new ArrayList<>(size);
        if (urgent != null) {
            all.addAll(urgent);
        }
        all.addAll(ordinary);
        return all;
    }

    private boolean removeFrom(@Nullable ArrayDeque<M> queue, M message) {
        if (queue == null) {
            return false;
        }
        for (Iterator<M> all = queue.iterator(); all.hasNext(); ) {
            if (all.next() == message) {
                all.remove();
                shrink();
                return true;
            }
        }
        return false;
    }

    private void shrink() {
        size--;
        if (urgent != null && urgent.isEmpty()) {
            urgent = null;
        }
        if (size == 0 && marks != null) {
            sweep();
            marks = null;
        }
    }

    /** Removes all marked messages. They are at least half of the queue, so the cost for each withdrawal is small. */
    private void sweep() {
        Marks<M> present = marks;
        if (present != null) {
            if (urgent != null) {
                urgent.removeIf(present::takeMark);
            }
            ordinary.removeIf(present::takeMark);
        }
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
        List<M> cleared = queued();
        urgent = null;
        ordinary.clear();
        marks = null;
        size = 0;
        return cleared;
    }
}
