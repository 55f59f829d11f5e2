package dev.qmp.event;

/**
 * What happens to the signals of a full listener. Under each policy replies are processed as before, and lost events
 * are counted and reported.
 *
 * <p>{@link #DROP_OLDEST} and {@link #DROP_NEWEST} keep the last two of the dropped begins and ends of sessions. So a
 * break between sessions always stays visible.
 */
public enum OverflowPolicy {
    /** Drops the oldest signal. */
    DROP_OLDEST,
    /** Drops the newest signal. */
    DROP_NEWEST,
    /** Ends the listener. Its unread signals can still be read, and then it throws. */
    END
}
