package dev.qmp.internal.client;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.BottomHalf;
import org.slf4j.Logger;

/** Counts replies that belong to no command of their session. A few are dropped, many are a broken protocol. */
@BottomHalf
final class StrayReplies {

    private static final int MAX_IN_SESSION = 100;

    private final Logger logger;
    private int inSession;
    private volatile long count;

    StrayReplies(Logger logger) {
        this.logger = logger;
    }

    /** {@return how many there were in all sessions; from any thread} */
    long count() {
        return count;
    }

    void beginSession() {
        inSession = 0;
    }

    /** One of the handshake, when replies to the client before are still to be expected, however many. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    void countOne() {
        count++;
    }

    /** One of an established session. */
    void dropOne() {
        if (inSession++ == 0) {
            logger.warn("Dropped a reply with an unknown id; further ones in this session are only counted");
        }
        countOne();
        if (inSession > MAX_IN_SESSION) {
            throw new ProtocolException(
                    Violation.UNEXPECTED,
                    "more than " + MAX_IN_SESSION + " replies with unknown ids in one session (fixed limit)");
        }
    }
}
