package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages accepted and not yet written, in two lanes: the urgent one goes first and knows no flow control. Starts
 * empty with every session.
 *
 * @param <M> the protocol's message
 */
final class OutgoingQueue<M> {

    private final Hooks<M> hooks;
    private final ArrayDeque<M> urgent = new ArrayDeque<>();
    private final ArrayDeque<M> ordinary = new ArrayDeque<>();

    OutgoingQueue(Hooks<M> hooks) {
        this.hooks = hooks;
    }

    @BottomHalf
    void add(M message, boolean isUrgent) {
        (isUrgent ? urgent : ordinary).add(message);
    }

    /** {@return the next message that may be written now, null if there is none or the system cannot take it} */
    @BottomHalf
    @Nullable
    M poll(Predicate<M> isWritable) {
        ArrayDeque<M> lane = urgent.isEmpty() ? ordinary : urgent;
        M next = lane.peek();
        boolean ready = next != null && (lane == urgent || hooks.maySend(next)) && isWritable.test(next);
        return ready ? lane.poll() : null;
    }

    /** {@return whether the very message was still here, and is no more} */
    @BottomHalf
    boolean remove(M message) {
        return removeOnce(urgent, message) || removeOnce(ordinary, message);
    }

    private boolean removeOnce(ArrayDeque<M> lane, M message) {
        for (Iterator<M> queued = lane.iterator(); queued.hasNext(); ) {
            if (queued.next() == message) {
                queued.remove();
                return true;
            }
        }
        return false;
    }

    @BottomHalf
    boolean isEmpty() {
        return urgent.isEmpty() && ordinary.isEmpty();
    }

    /** {@return what was still waiting} The queue is empty before anybody is told, so that nobody can find it half full. */
    @BottomHalf
    List<M> clear() {
        List<M> waiting = new ArrayList<>(urgent);
        waiting.addAll(ordinary);
        urgent.clear();
        ordinary.clear();
        return waiting;
    }
}
