package dev.qmp.internal.engine;

import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs peers whose connection was closed because only one peer is accepted: one line at WARN in ten seconds, which has
 * the number of those since the last one. The others are logged at DEBUG. It belongs to the connection, because a
 * socket that listens is made anew for each session. Safe for all threads.
 */
public final class SecondPeerLog {

    private static final long PAUSE = Duration.ofSeconds(10).toNanos();

    private final Logger logger;
    private final LongSupplier nanoTime;
    private boolean isFirst = true;
    private long lastTime;
    private long heldBack;

    /** Creates the log of one connection. */
    public SecondPeerLog(Logger logger) {
        this(logger, System::nanoTime);
    }

    SecondPeerLog(Logger logger, LongSupplier nanoTime) {
        this.logger = logger;
        this.nanoTime = nanoTime;
    }

    /** {@return the connection's logger} */
    public Logger logger() {
        return logger;
    }

    /**
     * A peer was closed.
     *
     * @param endpoint where it connected
     * @param peer its address
     */
    public void closed(Endpoint endpoint, String peer) {
        String place = Text.printableSentence(endpoint.toString());
        long others = admit();
        if (others < 0) {
            logger.debug("A second peer of {} was closed: {}", place, peer);
        } else if (others == 0) {
            logger.warn("A second peer of {} was closed: {}", place, peer);
        } else {
            logger.warn("A second peer of {} was closed: {}; {} others before it", place, peer, others);
        }
    }

    /** {@return how many peers were held back before this one; -1 if this one is held back, too} */
    private synchronized long admit() {
        long now = nanoTime.getAsLong();
        if (!isFirst && now - lastTime < PAUSE) {
            heldBack++;
            return -1;
        }
        isFirst = false;
        lastTime = now;
        long others = heldBack;
        heldBack = 0;
        return others;
    }
}
