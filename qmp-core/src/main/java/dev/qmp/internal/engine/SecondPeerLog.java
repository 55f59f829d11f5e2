package dev.qmp.internal.engine;

import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs peers whose connection was closed because only one peer is accepted: one line at WARN in ten seconds, with the
 * number of those since the last one. The others are logged at DEBUG. It belongs to the connection, because each
 * session has a new listening socket. Safe for all threads.
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
     * Logs a peer that was closed.
     *
     * @param endpoint the endpoint to which it connected
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

    /** {@return the number of peers since the last line; -1 if this one is suppressed, too} */
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
