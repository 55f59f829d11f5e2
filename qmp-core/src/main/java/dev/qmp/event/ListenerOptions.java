package dev.qmp.event;

import java.util.Objects;

/**
 * The bounds of a listener.
 *
 * @param capacity the number of unread signals that the listener holds; 1 or more
 * @param overflow what happens to further signals
 * @param history the number of events that are kept after they were read; 0 for none
 * @param runstates whether the listener receives the changes of the runstate, too
 * @param delaysReplies whether a reply waits for the callbacks of this subscription for the events before it; see
 *     {@link #withDelayedReplies()}
 */
public record ListenerOptions(
        int capacity, OverflowPolicy overflow, int history, boolean runstates, boolean delaysReplies) {

    /** A capacity of 1024 signals, {@link OverflowPolicy#DROP_OLDEST}, and no history. */
    public static final ListenerOptions DEFAULTS = new ListenerOptions(1024, OverflowPolicy.DROP_OLDEST, 0);

    /**
     * Creates options without changes of the runstate and without delayed replies.
     *
     * @throws IllegalArgumentException as the constructor with all components
     */
    public ListenerOptions(int capacity, OverflowPolicy overflow, int history) {
        this(capacity, overflow, history, false);
    }

    /**
     * Creates options without delayed replies.
     *
     * @throws IllegalArgumentException as the constructor with all components
     */
    public ListenerOptions(int capacity, OverflowPolicy overflow, int history, boolean runstates) {
        this(capacity, overflow, history, runstates, false);
    }

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the capacity is less than 1, or the history is negative
     */
    public ListenerOptions {
        Objects.requireNonNull(overflow, "overflow");
        if (capacity < 1) {
            throw new IllegalArgumentException("a listener's capacity must be positive, not " + capacity);
        }
        if (history < 0) {
            throw new IllegalArgumentException("a listener's history must not be negative, but is " + history);
        }
    }

    /**
     * {@return these options with another capacity}
     *
     * @throws IllegalArgumentException if the capacity is less than 1
     */
    public ListenerOptions withCapacity(int capacity) {
        return capacity == this.capacity
                ? this
                : new ListenerOptions(capacity, overflow, history, runstates, delaysReplies);
    }

    /** {@return these options with another overflow policy} */
    public ListenerOptions withOverflow(OverflowPolicy overflow) {
        Objects.requireNonNull(overflow, "overflow");
        return new ListenerOptions(capacity, overflow, history, runstates, delaysReplies);
    }

    /**
     * {@return these options with a history of this length}
     *
     * @throws IllegalArgumentException if the history is negative
     */
    public ListenerOptions withHistory(int history) {
        return new ListenerOptions(capacity, overflow, history, runstates, delaysReplies);
    }

    /** {@return these options, with each change of the runstate as a signal, in one order with the events} */
    public ListenerOptions withRunstates() {
        return new ListenerOptions(capacity, overflow, history, true, delaysReplies);
    }

    /**
     * {@return these options, with replies that wait for the callbacks of this subscription}
     *
     * <p>The callbacks for the events before a reply run first. Then the command's future completes, or its blocking
     * caller continues. The reply to a command that such a callback issues does not wait for this subscription, because
     * the callback may wait for the reply.
     *
     * <p>A callback that takes longer than 500 ms loses this privilege until it has caught up, which is logged at WARN.
     * So a slow callback can delay every command of the client by up to 500 ms. Mailboxes and publishers have no
     * callbacks, so the option has no effect on them.
     */
    public ListenerOptions withDelayedReplies() {
        return new ListenerOptions(capacity, overflow, history, runstates, true);
    }
}
