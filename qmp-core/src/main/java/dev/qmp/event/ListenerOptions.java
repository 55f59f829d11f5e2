package dev.qmp.event;

/**
 * The bounds of a listener.
 *
 * @param capacity how many unread signals it holds; 1 or more
 * @param overflow what happens when there are more
 * @param history how many events it remembers after they were read; 0 for none
 * @param runstates whether it hears of every change of the runstate, too
 */
public record ListenerOptions(int capacity, OverflowPolicy overflow, int history, boolean runstates) {

    /** 1024 signals, the oldest forgotten first, no history. */
    public static final ListenerOptions DEFAULTS = new ListenerOptions(1024, OverflowPolicy.DROP_OLDEST, 0);

    /** Without changes of the runstate. */
    public ListenerOptions(int capacity, OverflowPolicy overflow, int history) {
        this(capacity, overflow, history, false);
    }

    /** Refuses bounds that bound nothing. */
    public ListenerOptions {
        if (capacity < 1) {
            throw new IllegalArgumentException("a listener's capacity must be positive, not " + capacity);
        }
        if (history < 0) {
            throw new IllegalArgumentException("a listener's history must not be negative, but is " + history);
        }
    }

    /** {@return these options with another capacity} */
    public ListenerOptions withCapacity(int capacity) {
        return new ListenerOptions(capacity, overflow, history, runstates);
    }

    /** {@return these options with another policy} */
    public ListenerOptions withOverflow(OverflowPolicy overflow) {
        return new ListenerOptions(capacity, overflow, history, runstates);
    }

    /** {@return these options with a history} */
    public ListenerOptions withHistory(int history) {
        return new ListenerOptions(capacity, overflow, history, runstates);
    }

    /** {@return these options, with every change of the runstate as a signal in one order with the events} */
    public ListenerOptions withRunstates() {
        return new ListenerOptions(capacity, overflow, history, true);
    }
}
