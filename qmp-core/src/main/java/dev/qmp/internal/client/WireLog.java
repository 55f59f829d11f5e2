package dev.qmp.internal.client;

import dev.qmp.error.Text;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the messages of a session in both directions, at TRACE, with every value redacted. A failure of the log has no
 * effect.
 */
@BottomHalf
final class WireLog {

    private static final Logger LOGGER = LoggerFactory.getLogger("dev.qmp.wire");

    private final String connection;
    private final CommandIds ids;

    /**
     * Creates the log of one session.
     *
     * @param ids the ids that are the client's own, and may be logged
     */
    WireLog(String connection, CommandIds ids) {
        this.connection = Text.printable(connection);
        this.ids = ids;
    }

    void sent(QmpMessage message) {
        log("'{}' sends {}", message);
    }

    void received(QmpMessage message) {
        log("'{}' receives {}", message);
    }

    private void log(String line, QmpMessage message) {
        try {
            if (LOGGER.isTraceEnabled()) {
                LOGGER.trace(line, connection, RedactedMessage.of(message, ids::isOwn));
            }
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }
}
