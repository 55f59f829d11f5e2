package dev.qmp.internal.client;

import dev.qmp.error.Text;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Logs the messages of a connection in both directions, at TRACE, with every value redacted. */
@BottomHalf
final class WireLog {

    private static final Logger LOGGER = LoggerFactory.getLogger("dev.qmp.wire");

    private final String connection;
    private final boolean enabled;
    private final Predicate<JsonNode> isOwnId;

    /**
     * Creates the log of one connection.
     *
     * @param enabled whether the application has enabled it
     * @param isOwnId whether an id is the client's own, and may be logged
     */
    WireLog(String connection, boolean enabled, Predicate<JsonNode> isOwnId) {
        this.connection = Text.printable(connection);
        this.enabled = enabled;
        this.isOwnId = isOwnId;
    }

    void sent(QmpMessage message) {
        if (enabled && LOGGER.isTraceEnabled()) {
            LOGGER.trace("'{}' sends {}", connection, RedactedMessage.of(message, isOwnId));
        }
    }

    void received(QmpMessage message) {
        if (enabled && LOGGER.isTraceEnabled()) {
            LOGGER.trace("'{}' receives {}", connection, RedactedMessage.of(message, isOwnId));
        }
    }
}
