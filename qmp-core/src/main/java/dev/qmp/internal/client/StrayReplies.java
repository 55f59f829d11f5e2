package dev.qmp.internal.client;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.BottomHalf;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** Drops the replies that belong to no command of a session. Many such replies are a violation of the protocol. */
@BottomHalf
final class StrayReplies {

    private static final int MAX_STRAY_REPLIES = 100;

    private final ServerRecord record;
    private final Logger logger;
    private int dropped;

    StrayReplies(ServerRecord record, Logger logger) {
        this.record = record;
        this.logger = logger;
    }

    /** Drops one more. */
    void drop() {
        dropped++;
        record.countStrayReply();
        record.oddReplies()
                .log(logger, Level.WARN, "Dropped a reply that belongs to no command; the status counts such replies");
        if (dropped > MAX_STRAY_REPLIES) {
            throw new ProtocolException(
                    Violation.UNEXPECTED,
                    "more than " + MAX_STRAY_REPLIES
                            + " replies that belong to no command in one session (fixed limit)");
        }
    }
}
