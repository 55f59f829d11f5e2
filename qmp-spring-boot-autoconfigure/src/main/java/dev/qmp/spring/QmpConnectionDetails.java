package dev.qmp.spring;

import dev.qmp.ConnectMode;
import dev.qmp.protocol.Endpoint;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * Where the machines are. A bean of this type takes the place of the addresses in the properties, for instance in a test,
 * and of {@code ssl.*} with them; everything else still comes from there. Of several beans, the first in their order counts
 * that gives the connection an endpoint.
 */
public interface QmpConnectionDetails extends ConnectionDetails {

    /** {@return where the named connection leads; null to go by the properties} */
    @Nullable
    Endpoint getEndpoint(String connectionName);

    /**
     * {@return which side dials for the endpoint of these details; null to go by the properties} It counts only with an
     * endpoint of these details.
     */
    default @Nullable ConnectMode getMode(String connectionName) {
        return null;
    }

    /**
     * {@return the certificates of the named connection} With an endpoint of these details, null is for no TLS; without
     * one, null is to go by the properties.
     */
    default @Nullable SslBundle getSslBundle(String connectionName) {
        return null;
    }
}
