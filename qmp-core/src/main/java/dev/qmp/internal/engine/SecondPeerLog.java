package dev.qmp.internal.engine;

import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Logs peers whose connection was closed because only one peer is accepted: one line at WARN in ten seconds, with the
 * number of those since the last one. The others are logged at DEBUG. It belongs to the connection, because each
 * session has a new listening socket. Safe for all threads.
 */
public final class SecondPeerLog {

    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final Logger logger;
    private final LineLimit limit;

    /** Creates the log of one connection. */
    public SecondPeerLog(Logger logger) {
        this(logger, System::nanoTime);
    }

    SecondPeerLog(Logger logger, LongSupplier nanoTime) {
        this.logger = logger;
        this.limit = new LineLimit(PAUSE, nanoTime);
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
        limit.log(logger, Level.WARN, "A second peer of {} was closed: {}", place, peer);
    }
}
