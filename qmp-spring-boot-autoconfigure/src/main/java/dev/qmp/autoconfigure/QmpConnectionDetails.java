package dev.qmp.autoconfigure;

import dev.qmp.protocol.Endpoint;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * Where the machines are. A bean of this type takes the place of the addresses in the properties, for instance in a test;
 * everything else still comes from there.
 */
public interface QmpConnectionDetails extends ConnectionDetails {

    /** {@return where the named connection leads; null to go by the properties} */
    @Nullable
    Endpoint getEndpoint(String connectionName);

    /** {@return the certificates of the named connection; null for none} */
    default @Nullable SslBundle getSslBundle(String connectionName) {
        return null;
    }
}
