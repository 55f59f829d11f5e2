package dev.qmp.autoconfigure.endpoint;

import dev.qmp.autoconfigure.endpoint.QmpEndpoint.ConnectionDescriptor;
import dev.qmp.autoconfigure.endpoint.QmpEndpoint.ConnectionsDescriptor;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/** The endpoint over the web, where the user's roles decide whether addresses are shown. */
@EndpointWebExtension(endpoint = QmpEndpoint.class)
public class QmpEndpointWebExtension {

    private final QmpEndpoint endpoint;
    private final Show showValues;
    private final Set<String> roles;

    /** Creates the extension. */
    public QmpEndpointWebExtension(QmpEndpoint endpoint, Show showValues, Set<String> roles) {
        this.endpoint = endpoint;
        this.showValues = showValues;
        this.roles = roles;
    }

    /** {@return all connections} */
    @ReadOperation
    public ConnectionsDescriptor connections(SecurityContext securityContext) {
        return endpoint.connections(showValues.isShown(securityContext, roles));
    }

    /** {@return one connection; null (404) if no connection has this name} */
    @ReadOperation
    public @Nullable ConnectionDescriptor connection(SecurityContext securityContext, @Selector String name) {
        return endpoint.connection(name, showValues.isShown(securityContext, roles));
    }

    /**
     * {@return the connection after the start of the action; 404 if no connection has this name; 400 and the owner if
     * another instance of a fleet holds it}
     */
    @WriteOperation
    public WebEndpointResponse<?> control(
            SecurityContext securityContext, @Selector String name, ConnectionAction action) {
        try {
            ConnectionDescriptor connection =
                    endpoint.control(name, action, showValues.isShown(securityContext, roles));
            return connection == null
                    ? new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND)
                    : new WebEndpointResponse<>(connection);
        } catch (InvalidEndpointRequestException e) {
            // not passed on, because the body of Boot's answer has no message by default
            return new WebEndpointResponse<>(
                    OperationResponseBody.of(Map.of("message", e.getMessage(), "remedy", e.getReason())),
                    WebEndpointResponse.STATUS_BAD_REQUEST);
        }
    }
}
