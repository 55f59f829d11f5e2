package dev.qmp.autoconfigure.health;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** The {@code qmp.health} part of the configuration. */
@ConfigurationProperties("qmp.health")
public class QmpHealthProperties {

    private final GuestStatus guestStatus = new GuestStatus();

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
