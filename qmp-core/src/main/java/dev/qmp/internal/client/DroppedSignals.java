package dev.qmp.internal.client;

import dev.qmp.event.EventSignal;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What is left of signals for which there was no room: of events their number, of sessions the last begin and the last
 * end, each in its place; of runstates, where they are heard, the last 128. So a break is never lost, and a server that
 * flaps costs no memory.
 */
final class DroppedSignals {

    private static final int MAX_SESSION_SIGNALS = 2;

    /** Who hears of runstates is to have the whole picture, unless the server flaps on and on. */
    private static final int MAX_WITH_RUNSTATES = 128;

    private final int maxOfSession;
    private final ArrayDeque<EventSignal> left = new ArrayDeque<>();

    DroppedSignals(boolean runstates) {
        this.maxOfSession = runstates ? MAX_WITH_RUNSTATES : MAX_SESSION_SIGNALS;
    }

    void add(EventSignal signal) {
        if (signal instanceof EventSignal.Received) {
            addGap(1);
        } else if (signal instanceof EventSignal.Gap gap) {
            addGap(gap.lost());
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

    private void addGap(long lost) {
        if (left.peekLast() instanceof EventSignal.Gap earlier) {
            left.pollLast();
            left.add(new EventSignal.Gap(earlier.lost() + lost));
        } else {
            left.add(new EventSignal.Gap(lost));
        }
    }

    /** The gaps before and after it become one. */
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
