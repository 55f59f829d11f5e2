package dev.qmp.autoconfigure.endpoint;

import java.util.HashSet;
import java.util.Set;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** Properties of the endpoint, with the names and meanings that Boot's own endpoints have. */
@ConfigurationProperties("management.endpoint.qmp")
public class QmpEndpointProperties {

    /**
     * When to show unsanitized values.
     */
    private Show showValues = Show.NEVER;

    /**
     * Roles used to determine whether a user is authorized to be shown unsanitized values. When empty, all
     * authenticated users are authorized.
     */
    private final Set<String> roles = new HashSet<>();

    /** {@return when addresses are shown} */
    public Show getShowValues() {
        return showValues;
    }

    /** Sets when addresses are shown. */
    public void setShowValues(Show showValues) {
        this.showValues = showValues;
    }

    /** {@return the roles that may see them} */
    public Set<String> getRoles() {
        return roles;
    }
}
