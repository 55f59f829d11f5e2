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
 * A bounded FIFO of signals, filled by the event loop and emptied by anybody. What is lost stays visible: a gap stands
 * in its place. Thread-safe by its lock, which is never held while anything else is called.
 */
final class EventQueue {

    private final ListenerOptions options;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final ArrayDeque<EventSignal> signals = new ArrayDeque<>();
    /** Comes before the signals if the oldest are dropped, after them if the newest are. */
    private final DroppedSignals dropped;

    private final ArrayDeque<QmpEvent> history = new ArrayDeque<>();
    private long lost;
    private boolean overflowed;
    private @Nullable ListenerException end;

    EventQueue(ListenerOptions options) {
        this.options = options;
        this.dropped = new DroppedSignals(options.runstates());
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
            int lostNow = put(signal);
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

    /** {@return how many events were lost by this} */
    private int put(EventSignal signal) {
        if (signals.size() < options.capacity()) {
            if (options.overflow() == OverflowPolicy.DROP_NEWEST) {
                moveDropped();
            }
            signals.add(signal);
            return 0;
        }
        return switch (options.overflow()) {
            case DROP_OLDEST -> {
                EventSignal oldest = signals.remove();
                signals.add(signal);
                yield drop(oldest);
            }
            case DROP_NEWEST -> drop(signal);
            case END -> {
                overflowed = true;
                end = new ListenerException("the listener was left " + options.capacity() + " signals behind", null);
                filled.signalAll();
                yield signal instanceof EventSignal.Received ? 1 : 0;
            }
        };
    }

    private int drop(EventSignal signal) {
        dropped.add(signal);
        return signal instanceof EventSignal.Received ? 1 : 0;
    }

    /** There is room again: what was dropped has its place before what comes now. */
    private void moveDropped() {
        for (EventSignal next = dropped.poll(); next != null; next = dropped.poll()) {
            signals.add(next);
        }
    }

    private boolean droppedIsFirst() {
        return options.overflow() == OverflowPolicy.DROP_OLDEST ? !dropped.isEmpty() : signals.isEmpty();
    }

    private @Nullable EventSignal peekLocked() {
        return droppedIsFirst() ? dropped.peek() : signals.peek();
    }

    private @Nullable EventSignal pollLocked() {
        return droppedIsFirst() ? dropped.poll() : signals.poll();
    }

    private boolean isEmptyLocked() {
        return signals.isEmpty() && dropped.isEmpty();
    }

    @Nullable
    EventSignal poll() {
        lock.lock();
        try {
            return pollLocked();
        } finally {
            lock.unlock();
        }
    }

    /** {@return the next signal if it is a gap} */
    EventSignal.@Nullable Gap pollGap() {
        lock.lock();
        try {
            return peekLocked() instanceof EventSignal.Gap && pollLocked() instanceof EventSignal.Gap gap ? gap : null;
        } finally {
            lock.unlock();
        }
    }

    @Nullable
    EventSignal await(long nanos) throws InterruptedException {
        long remaining = nanos;
        lock.lockInterruptibly();
        try {
            while (isEmptyLocked()) {
                if (end != null) {
                    throw end;
                }
                if (remaining <= 0) {
                    return null;
                }
                remaining = filled.awaitNanos(remaining);
            }
            return pollLocked();
        } finally {
            lock.unlock();
        }
    }

    List<EventSignal> drain() {
        lock.lock();
        try {
            List<EventSignal> all = new ArrayList<>(signals.size());
            for (EventSignal next = pollLocked(); next != null; next = pollLocked()) {
                all.add(next);
            }
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
            return isEmptyLocked() ? end : null;
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
