package dev.qmp.internal.client;

import dev.qmp.event.EventSignal;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The signals that did not fit into a queue, in their order and bounded. Events are replaced by their number. Of the
 * signals of sessions the last two are kept, and for listeners of runstates the last 128 signals of sessions and
 * runstates. So a break is never lost, and a server that restarts repeatedly costs no memory.
 */
final class DroppedSignals {

    private static final int MAX_SESSION_SIGNALS = 2;

    /** Listeners of runstates need all changes, but a server that restarts again and again must not fill the memory. */
    private static final int MAX_WITH_RUNSTATES = 128;

    private final int maxOfSession;
    private final ArrayDeque<EventSignal> left = new ArrayDeque<>();

    DroppedSignals(boolean runstates) {
        this.maxOfSession = runstates ? MAX_WITH_RUNSTATES : MAX_SESSION_SIGNALS;
    }

    void add(EventSignal signal) {
        if (signal instanceof EventSignal.Received) {
            addGap();
        } else {
            left.add(signal);
            if (left.stream().filter(DroppedSignals::isOfSession).count() > maxOfSession) {
                forgetOldest();
            }
        }
    }

    private static boolean isOfSession(EventSignal signal) {
        return !(signal instanceof EventSignal.Gap);
    }

    private void addGap() {
        if (left.peekLast() instanceof EventSignal.Gap earlier) {
            left.pollLast();
            left.add(new EventSignal.Gap(earlier.lost() + 1));
        } else {
            left.add(new EventSignal.Gap(1));
        }
    }

    /** Drops the oldest signal of a session. The gaps before and after it are merged. */
    private void forgetOldest() {
        long lost = 0;
        for (boolean forgotten = false; !forgotten; ) {
            EventSignal first = left.remove();
            if (first instanceof EventSignal.Gap gap) {
                lost = gap.lost();
            } else {
                forgotten = true;
            }
        }
        if (left.peek() instanceof EventSignal.Gap after) {
            lost += after.lost();
            left.remove();
        }
        if (lost > 0) {
            left.addFirst(new EventSignal.Gap(lost));
        }
    }

    /** {@return the number of dropped events} */
    long events() {
        return left.stream().mapToLong(EventQueue::eventsOf).sum();
    }

    boolean isEmpty() {
        return left.isEmpty();
    }

    @Nullable
    EventSignal peek() {
        return left.peek();
    }

    @Nullable
    EventSignal poll() {
        return left.poll();
    }
}
