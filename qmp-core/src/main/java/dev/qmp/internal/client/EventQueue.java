package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.message.QmpEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded FIFO of signals, filled by the event loop and emptied by anybody. What is lost stays visible: a gap stands in
 * its place. Thread-safe by its lock, which is never held while anything else is called.
 */
final class EventQueue {

    private final ListenerOptions options;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final ArrayDeque<EventSignal> signals = new ArrayDeque<>();
    private final ArrayDeque<QmpEvent> history = new ArrayDeque<>();
    private long lost;
    private boolean overflowed;
    private @Nullable ListenerException end;

    EventQueue(ListenerOptions options) {
        this.options = options;
    }

    /** {@return how many events were lost by this: 0 or 1} */
    int add(EventSignal signal) {
        lock.lock();
        try {
            if (end != null) {
                return 0;
            }
            if (signal instanceof EventSignal.Received received && options.history() > 0) {
                remember(received.event());
            }
            int lostNow = signals.size() < options.capacity() ? 0 : overflow(signal);
            if (end == null && !(lostNow > 0 && options.overflow() == OverflowPolicy.DROP_NEWEST)) {
                signals.add(signal);
            }
            filled.signal();
            lost += lostNow;
            return lostNow;
        } finally {
            lock.unlock();
        }
    }

    private void remember(QmpEvent event) {
        if (history.size() == options.history()) {
            history.poll();
        }
        history.add(event);
    }

    /** Makes room, or refuses; a gap, which is no event, takes no room of its own for long: neighbours are merged. */
    private int overflow(EventSignal newest) {
        return switch (options.overflow()) {
            case DROP_OLDEST -> dropOldest();
            case DROP_NEWEST -> dropNewest(newest);
            case END -> {
                overflowed = true;
                end = new ListenerException("the listener was left " + options.capacity() + " signals behind", null);
                filled.signalAll();
                yield newest instanceof EventSignal.Received ? 1 : 0;
            }
        };
    }

    private int dropOldest() {
        long gap = 0;
        int lostNow = 0;
        EventSignal oldest = signals.poll();
        if (oldest instanceof EventSignal.Gap earlier) {
            gap = earlier.lost();
            oldest = signals.poll();
        }
        if (oldest instanceof EventSignal.Received) {
            gap++;
            lostNow = 1;
        }
        if (gap > 0) {
            signals.addFirst(new EventSignal.Gap(gap));
        }
        return lostNow;
    }

    private int dropNewest(EventSignal newest) {
        if (!(newest instanceof EventSignal.Received)) {
            return 0; // sessions begin and end rarely, and must be heard of
        }
        if (signals.peekLast() instanceof EventSignal.Gap earlier) {
            signals.pollLast();
            signals.addLast(new EventSignal.Gap(earlier.lost() + 1));
        } else {
            signals.addLast(new EventSignal.Gap(1));
        }
        return 1;
    }

    @Nullable
    EventSignal poll() {
        lock.lock();
        try {
            return signals.poll();
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return signals.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Nullable
    EventSignal await(long nanos) throws InterruptedException {
        long remaining = nanos;
        lock.lockInterruptibly();
        try {
            while (signals.isEmpty()) {
                if (end != null) {
                    throw end;
                }
                if (remaining <= 0) {
                    return null;
                }
                remaining = filled.awaitNanos(remaining);
            }
            return signals.poll();
        } finally {
            lock.unlock();
        }
    }

    List<EventSignal> drain() {
        lock.lock();
        try {
            List<EventSignal> all = new ArrayList<>(signals);
            signals.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    List<QmpEvent> history() {
        lock.lock();
        try {
            return List.copyOf(history);
        } finally {
            lock.unlock();
        }
    }

    long lost() {
        lock.lock();
        try {
            return lost;
        } finally {
            lock.unlock();
        }
    }

    boolean hasEnded() {
        return endReason() != null;
    }

    /** {@return why there will be no more, once all is read} */
    @Nullable
    ListenerException endReason() {
        lock.lock();
        try {
            return signals.isEmpty() ? end : null;
        } finally {
            lock.unlock();
        }
    }

    /** {@return whether it ended because it was full} */
    boolean hasOverflowed() {
        lock.lock();
        try {
            return overflowed;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the queue: what it holds can still be read. */
    void end(ListenerException reason) {
        lock.lock();
        try {
            if (end == null) {
                end = reason;
            }
            filled.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
