package dev.qmp.autoconfigure.health;

import java.util.Set;

/**
 * What counts as down.
 *
 * @param guestStatuses the guest statuses that are DOWN
 * @param shutDown whether a machine that was shut down in good order is DOWN
 * @param silentAgent whether a guest agent that does not reply is DOWN
 */
record HealthRules(Set<String> guestStatuses, boolean shutDown, boolean silentAgent) {

    static HealthRules of(QmpHealthProperties properties) {
        return new HealthRules(
                DownStatuses.of(properties.getGuestStatus().getDown()),
                properties.isCountShutDown(),
                properties.getGuestAgent().isCountSilent());
    }
}
