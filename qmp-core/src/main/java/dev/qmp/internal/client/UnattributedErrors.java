package dev.qmp.internal.client;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.Text;
import dev.qmp.message.QmpErrorInfo;

/** The text of a server's error without an id, escaped and cut: in the log, and as an exception. */
final class UnattributedErrors {

    private UnattributedErrors() {}

    static String text(QmpErrorInfo error) {
        return Text.printable(error.errorClass()) + ": " + Text.printable(error.description());
    }

    static ProtocolException exception(QmpErrorInfo error) {
        return new ProtocolException(
                Violation.UNATTRIBUTED_ERROR, "the server sent an error without an id: " + text(error));
    }
}
