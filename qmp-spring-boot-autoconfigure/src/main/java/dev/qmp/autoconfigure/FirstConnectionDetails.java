package dev.qmp.autoconfigure;

import dev.qmp.ConnectMode;
import dev.qmp.protocol.Endpoint;
import dev.qmp.spring.QmpConnectionDetails;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;

/**
 * Combines several connection details. For each connection, the first of them with an endpoint is used.
 *
 * @param all the details in their order; may be empty
 */
record FirstConnectionDetails(List<QmpConnectionDetails> all) implements QmpConnectionDetails {

    @Override
    public @Nullable Endpoint getEndpoint(String connectionName) {
        return first(details -> details.getEndpoint(connectionName));
    }

    @Override
    public @Nullable ConnectMode getMode(String connectionName) {
        QmpConnectionDetails where = source(connectionName);
        return where == null ? null : where.getMode(connectionName);
    }

    @Override
    public @Nullable SslBundle getSslBundle(String connectionName) {
        QmpConnectionDetails where = source(connectionName);
        return where != null
                ? where.getSslBundle(connectionName)
                : first(details -> details.getSslBundle(connectionName));
    }

    /** {@return the details that give the connection's endpoint} */
    private @Nullable QmpConnectionDetails source(String connectionName) {
        return first(details -> details.getEndpoint(connectionName) == null ? null : details);
    }

    private <T> @Nullable T first(Function<QmpConnectionDetails, @Nullable T> getter) {
        return all.stream().map(getter).filter(Objects::nonNull).findFirst().orElse(null);
    }
}
