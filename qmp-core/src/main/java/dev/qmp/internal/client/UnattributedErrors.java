package dev.qmp.internal.client;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpReply;
import org.slf4j.Logger;

/** A server's errors without an id: their text, escaped and cut, and the command that they must belong to. */
final class UnattributedErrors {

    private UnattributedErrors() {}

    static String text(QmpErrorInfo error) {
        return Text.printable(error.errorClass()) + ": " + Text.printable(error.description());
    }

    /** {@return the reply to the only command on the wire, which is the given error} */
    static QmpReply attribute(QmpErrorInfo error, QmpReply reply, PendingCommand<?> only, Logger logger) {
        QmpCommand sent = only.withId();
        if (sent == null) {
            return reply;
        }
        logger.warn("An error without an id, taken for the reply to {}: {}", Text.printable(sent.name()), text(error));
        return new QmpReply(sent.id(), null, error);
    }

    static ProtocolException exception(QmpErrorInfo error) {
        return new ProtocolException(
                Violation.UNATTRIBUTED_ERROR, "the server sent an error without an id: " + text(error));
    }
}
