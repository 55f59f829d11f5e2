package dev.qmp.event;

/**
 * What becomes of a listener that is full. In each case replies go on, and the loss is told and counted. Of the begins
 * and ends of sessions for which there is no room the last two are kept, so that a break is never lost.
 */
public enum OverflowPolicy {
    /** Forget the oldest event. */
    DROP_OLDEST,
    /** Forget the newest event. */
    DROP_NEWEST,
    /** End the listener: what it holds can still be read, then it throws. */
    END
}
