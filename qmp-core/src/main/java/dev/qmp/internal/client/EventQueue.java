package dev.qmp.internal.client;

import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.internal.engine.Mailbox;
import dev.qmp.message.QmpEvent;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The signals of a listener, in its mailbox. If it is full, the listener's {@link OverflowPolicy} decides.
 * Dropped events stay visible, because a gap replaces them.
 */
final class EventQueue implements Mailbox.Store<EventSignal> {

    private final ListenerOptions options;
    private final ArrayDeque<EventSignal> signals = new ArrayDeque<>();
    /**
     * The dropped signals. They precede the queued ones if the policy drops the oldest, and follow them if it drops the
     * newest.
     */
    private final DroppedSignals dropped;

    private final ArrayDeque<QmpEvent> history = new ArrayDeque<>();
    private boolean overflowed;
    /** Written by the event loop only. */
    private volatile long lost;

    EventQueue(ListenerOptions options) {
        this.options = options;
        this.dropped = new DroppedSignals(options.runstates());
    }

    /** {@return a mailbox with these signals} */
    Mailbox<EventSignal> inMailbox() {
        return new Mailbox<>(this, "the listener was left " + options.capacity() + " signals behind");
    }

    @Override
    public boolean add(EventSignal signal) {
        if (signal instanceof EventSignal.Received received && options.history() > 0) {
            remember(received.event());
        }
        if (signals.size() < options.capacity()) {
            if (options.overflow() == OverflowPolicy.DROP_NEWEST) {
                moveDropped();
            }
            return signals.add(signal);
        }
        switch (options.overflow()) {
            case DROP_OLDEST -> {
                drop(signals.remove());
                signals.add(signal);
            }
            case DROP_NEWEST -> drop(signal);
            case END -> {
                overflowed = true;
                countLoss(signal);
            }
        }
        return !overflowed;
    }

    private void remember(QmpEvent event) {
        if (history.size() == options.history()) {
            history.poll();
        }
        history.add(event);
    }

    private void drop(EventSignal signal) {
        dropped.add(signal);
        countLoss(signal);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    private void countLoss(EventSignal signal) {
        if (signal instanceof EventSignal.Received) {
            lost++;
        }
    }

    /** Queues the dropped signals before the next signal, because there is room again. */
    private void moveDropped() {
        for (EventSignal next = dropped.poll(); next != null; next = dropped.poll()) {
            signals.add(next);
        }
    }

    private boolean isDroppedFirst() {
        return options.overflow() == OverflowPolicy.DROP_OLDEST ? !dropped.isEmpty() : signals.isEmpty();
    }

    @Override
    public @Nullable EventSignal poll() {
        return isDroppedFirst() ? dropped.poll() : signals.poll();
    }

    /** {@return the next signal, which is removed, if it is a gap; else null} */
    @Nullable
    EventSignal pollGap() {
        EventSignal next = isDroppedFirst() ? dropped.peek() : signals.peek();
        return next instanceof EventSignal.Gap ? poll() : null;
    }

    @Override
    public boolean isEmpty() {
        return signals.isEmpty() && dropped.isEmpty();
    }

    /** {@return the number of events that have not been read, with the lost ones that no gap has announced yet} */
    long waitingEvents() {
        return dropped.events()
                + signals.stream().mapToLong(EventQueue::eventsOf).sum();
    }

    /** {@return the number of events that a signal stands for} */
    static long eventsOf(EventSignal signal) {
        return signal instanceof EventSignal.Received ? 1 : signal instanceof EventSignal.Gap gap ? gap.lost() : 0;
    }

    /** {@return the last events, read or not} */
    List<QmpEvent> history() {
        return List.copyOf(history);
    }

    /** {@return whether the mailbox has ended because it was full} */
    boolean hasOverflowed() {
        return overflowed;
    }

    /** {@return the number of events lost so far} From any thread. */
    long lost() {
        return lost;
    }
}
