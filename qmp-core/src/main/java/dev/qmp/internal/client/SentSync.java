package dev.qmp.internal.client;

import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpReply;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * A synchronization of a guest agent that has no reply yet.
 *
 * @param id its id, which is sent only to an agent that takes ids
 * @param mark the number that the agent returns
 * @param before the commands that were written before it and had no reply then
 */
record SentSync(StringNode id, long mark, List<PendingCommand<?>> before) {

    static final String COMMAND = "guest-sync-delimited";

    /**
     * {@return whether a reply answers this synchronization} An agent can be configured to reject the command. Its
     * error names the command, and arrives in the same order.
     */
    boolean isAnsweredBy(QmpReply reply, boolean usesIds) {
        if (reply.id() != null) {
            return id.equals(reply.id());
        }
        JsonNode result = reply.result();
        QmpErrorInfo error = reply.error();
        return result != null
                ? result.isIntegralNumber() && result.canConvertToLong() && result.longValue() == mark
                : !usesIds && error != null && error.description().contains(COMMAND);
    }
}
