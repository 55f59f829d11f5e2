package dev.qmp.internal.client;

import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Assigns the replies of a monitor, which have ids. Only an error may have none, because QEMU could not parse the
 * command. Such an error belongs to the only command on the wire, or it ends the session. QEMU up to 10.0 can send many
 * of them for one command. So a second one before a reply with an id ends the session, too: the next command may be on
 * the wire meanwhile, and QEMU may execute it.
 */
@BottomHalf
final class MonitorReplies implements ReplyMatching {

    private final CommandTable table;
    private final ServerLiveness liveness;
    private final Logger logger;
    private final ServerRecord record;
    private boolean lastHadNoId;

    MonitorReplies(CommandTable table, ServerLiveness liveness, Logger logger, ServerRecord record) {
        this.table = table;
        this.liveness = liveness;
        this.logger = logger;
        this.record = record;
    }

    @Override
    public QmpReply attribute(QmpReply reply) {
        QmpErrorInfo error = reply.error();
        if (reply.id() != null) {
            lastHadNoId = false;
            return reply;
        }
        if (error == null) {
            return reply;
        }
        QmpCommand only = lastHadNoId ? null : onlyOneOnWire();
        lastHadNoId = true;
        if (only == null) {
            throw ReplyMatching.unattributed(error);
        }
        record.oddReplies()
                .log(
                        logger,
                        Level.WARN,
                        "An error without an id, taken for the reply to {}: {}",
                        Text.printable(only.name()),
                        ReplyMatching.text(error));
        return new QmpReply(only.id(), null, error);
    }

    /** {@return the command that an error without an id belongs to; null if there are several, or a probe} */
    private @Nullable QmpCommand onlyOneOnWire() {
        PendingCommand<?> only = liveness.isProbing() ? null : table.onlyOneOnWire();
        return only == null ? null : only.withId();
    }
}
