package dev.qmp.autoconfigure.health;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** Properties of the health contributor. */
@ConfigurationProperties("qmp.health")
public class QmpHealthProperties {

    /**
     * Comma-separated list of the connections whose loss counts; "*" stands for any letters.
     */
    private Set<String> connections = new LinkedHashSet<>(List.of("*"));

    /**
     * How many of these connections must be up: "all", "any", "none", a number, or a share such as "90%".
     */
    private String required = "all";

    /**
     * Whether a machine that was shut down in good order counts as down.
     */
    private boolean countShutDown;

    private final GuestStatus guestStatus = new GuestStatus();

    /** {@return the connections whose loss counts} */
    public Set<String> getConnections() {
        return connections;
    }

    /** Sets the connections whose loss counts. */
    public void setConnections(Set<String> connections) {
        this.connections = connections;
    }

    /** {@return how many connections must be up} */
    public String getRequired() {
        return required;
    }

    /** Sets how many connections must be up. */
    public void setRequired(String required) {
        this.required = required;
    }

    /** {@return whether a machine that was shut down counts as down} */
    public boolean isCountShutDown() {
        return countShutDown;
    }

    /** Sets whether a machine that was shut down counts as down. */
    public void setCountShutDown(boolean countShutDown) {
        this.countShutDown = countShutDown;
    }

    /** {@return how the guest's own status counts} */
    public GuestStatus getGuestStatus() {
        return guestStatus;
    }

    /** How the guest's own status counts. */
    public static class GuestStatus {

        /**
         * Whether to follow what the guest is doing, and to show it as a detail.
         */
        private boolean enabled;

        /**
         * Comma-separated list of the guest's statuses that make a connection DOWN.
         */
        private Set<String> down = new LinkedHashSet<>(List.of("guest-panicked", "internal-error", "io-error"));

        /** {@return whether the guest's status is followed} */
        public boolean isEnabled() {
            return enabled;
        }

        /** Sets whether the guest's status is followed. */
        public void setEnabled(boolean enabled) {
            this.enabled = enabled;
        }

        /** {@return the statuses that are DOWN} */
        public Set<String> getDown() {
            return down;
        }

        /** Sets the statuses that are DOWN. */
        public void setDown(Set<String> down) {
            this.down = down;
        }
    }
}
