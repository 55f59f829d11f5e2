package dev.qmp.event;

import java.util.Objects;

/**
 * The bounds of a listener.
 *
 * @param capacity how many unread signals it holds; 1 or more
 * @param overflow what happens when there are more
 * @param history how many events it remembers after they were read; 0 for none
 * @param runstates whether it hears of every change of the runstate, too
 * @param delaysReplies whether a reply waits for the callbacks of this subscription for the events before it; see
 *     {@link #withDelayedReplies()}
 */
public record ListenerOptions(
        int capacity, OverflowPolicy overflow, int history, boolean runstates, boolean delaysReplies) {

    /** 1024 signals, the oldest forgotten first, no history. */
    public static final ListenerOptions DEFAULTS = new ListenerOptions(1024, OverflowPolicy.DROP_OLDEST, 0);

    /** Creates options without changes of the runstate, for a listener for which no reply waits. */
    public ListenerOptions(int capacity, OverflowPolicy overflow, int history) {
        this(capacity, overflow, history, false);
    }

    /** Creates options for a listener for which no reply waits. */
    public ListenerOptions(int capacity, OverflowPolicy overflow, int history, boolean runstates) {
        this(capacity, overflow, history, runstates, false);
    }

    /** Refuses bounds that bound nothing. */
    public ListenerOptions {
        Objects.requireNonNull(overflow, "overflow");
        if (capacity < 1) {
            throw new IllegalArgumentException("a listener's capacity must be positive, not " + capacity);
        }
        if (history < 0) {
            throw new IllegalArgumentException("a listener's history must not be negative, but is " + history);
        }
    }

    /** {@return these options with another capacity} */
    public ListenerOptions withCapacity(int capacity) {
        return new ListenerOptions(capacity, overflow, history, runstates, delaysReplies);
    }

    /** {@return these options with another policy} */
    public ListenerOptions withOverflow(OverflowPolicy overflow) {
        Objects.requireNonNull(overflow, "overflow");
        return new ListenerOptions(capacity, overflow, history, runstates, delaysReplies);
    }

    /** {@return these options with a history} */
    public ListenerOptions withHistory(int history) {
        return new ListenerOptions(capacity, overflow, history, runstates, delaysReplies);
    }

    /** {@return these options, with every change of the runstate as a signal in one order with the events} */
    public ListenerOptions withRunstates() {
        return new ListenerOptions(capacity, overflow, history, true, delaysReplies);
    }

    /**
     * {@return these options, with replies that wait for the callbacks of this subscription}
     *
     * <p>When a command's future completes, or its blocking caller continues, the callbacks for the events that the
     * server sent before the reply have run. A callback that takes longer than 500 ms loses this privilege until it has
     * caught up. The price: a slow callback delays every command of the client by up to 500 ms. FIFOs and publishers
     * have no callbacks; for them the option has no effect.
     */
    public ListenerOptions withDelayedReplies() {
        return new ListenerOptions(capacity, overflow, history, runstates, true);
    }
}
