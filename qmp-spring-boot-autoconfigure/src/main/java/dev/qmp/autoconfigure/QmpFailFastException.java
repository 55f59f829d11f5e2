package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;

/** A connection with {@code fail-fast} has no session at the start of the application. */
public class QmpFailFastException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final String connectionName;

    QmpFailFastException(String connectionName, Endpoint endpoint, Throwable cause) {
        super(
                "QMP connection '" + Text.printable(connectionName) + "' ("
                        + Text.printableSentence(endpoint.toString()) + ") could not be established: "
                        + Text.messageOf(cause),
                cause);
        this.connectionName = connectionName;
    }

    /** {@return the connection's name} */
    public String getConnectionName() {
        return connectionName;
    }
}
