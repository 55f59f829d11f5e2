package dev.qmp.spring;

import dev.qmp.ConnectMode;
import dev.qmp.protocol.Endpoint;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * Supplies the addresses of machines. A bean of this type replaces the addresses in the properties, for instance in
 * a test, and {@code ssl.*} with them. All other properties still apply. If several beans exist, the first in their
 * order that returns an endpoint for a connection is used.
 */
public interface QmpConnectionDetails extends ConnectionDetails {

    /** {@return the endpoint of the named connection; null to use the properties} */
    @Nullable
    Endpoint getEndpoint(String connectionName);

    /**
     * {@return the mode for the endpoint of these details; null to use the properties} The mode is used only
     * together with an endpoint of these details.
     */
    default @Nullable ConnectMode getMode(String connectionName) {
        return null;
    }

    /**
     * {@return the certificates of the named connection} If these details return an endpoint, null means no TLS.
     * Otherwise null means that the properties decide.
     */
    default @Nullable SslBundle getSslBundle(String connectionName) {
        return null;
    }
}
