package dev.qmp.autoconfigure.health;

import java.time.Duration;
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

    private final GuestAgent guestAgent = new GuestAgent();

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

    /** {@return how guest agents count} */
    public GuestAgent getGuestAgent() {
        return guestAgent;
    }

    /** How guest agents count. */
    public static class GuestAgent {

        /**
         * Whether to find out, by guest-ping, if an agent listens behind the connection, and to show it as a detail.
         */
        private boolean enabled = true;

        /**
         * Whether a guest agent that does not reply counts as down.
         */
        private boolean countSilent;

        /**
         * Time for the agent's reply. A health request never waits for it.
         */
        private Duration timeout = Duration.ofSeconds(5);

        /**
         * Age from which a reply is no longer fresh: the next health request has the agent asked again.
         */
        private Duration maxAge = Duration.ofSeconds(30);

        /** {@return whether agents are asked} */
        public boolean isEnabled() {
            return enabled;
        }

        /** Sets whether agents are asked. */
        public void setEnabled(boolean enabled) {
            this.enabled = enabled;
        }

        /** {@return whether a silent agent counts as down} */
        public boolean isCountSilent() {
            return countSilent;
        }

        /** Sets whether a silent agent counts as down. */
        public void setCountSilent(boolean countSilent) {
            this.countSilent = countSilent;
        }

        /** {@return the time for a reply} */
        public Duration getTimeout() {
            return timeout;
        }

        /** Sets the time for a reply. */
        public void setTimeout(Duration timeout) {
            this.timeout = timeout;
        }

        /** {@return the age from which an agent is asked again} */
        public Duration getMaxAge() {
            return maxAge;
        }

        /** Sets the age from which an agent is asked again. */
        public void setMaxAge(Duration maxAge) {
            this.maxAge = maxAge;
        }
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
