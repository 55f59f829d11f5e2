package dev.qmp.autoconfigure.health;

import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import dev.qmp.qapi.type.RunState;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What counts as down.
 *
 * @param guestStatuses the guest statuses that are DOWN
 * @param shutDown whether a machine that was shut down in good order is DOWN
 * @param silentAgent whether a guest agent that does not reply is DOWN
 */
record HealthRules(Set<String> guestStatuses, boolean shutDown, boolean silentAgent) {

    private static final Set<String> KNOWN_STATUSES =
            RunState.values().stream().map(RunState::value).collect(Collectors.toCollection(TreeSet::new));

    /**
     * {@return the rules of {@code qmp.health}}
     *
     * @throws InvalidQmpPropertyException if QEMU has no such guest status; it would never match, and a panic would
     *     pass for health
     */
    static HealthRules of(QmpHealthProperties properties) {
        return new HealthRules(
                properties.getGuestStatus().getDown().stream()
                        .map(HealthRules::spelt)
                        .collect(Collectors.toUnmodifiableSet()),
                properties.isCountShutDown(),
                properties.getGuestAgent().isCountSilent());
    }

    /** {@return a guest status in QEMU's spelling} Case and underscores are ignored, as in Boot's own properties. */
    private static String spelt(String configured) {
        String status = configured.strip().toLowerCase(Locale.ROOT).replace('_', '-');
        if (!KNOWN_STATUSES.contains(status)) {
            throw new InvalidQmpPropertyException(
                    "qmp.health.guest-status.down",
                    configured,
                    "QEMU has no such guest status",
                    "any of " + String.join(", ", KNOWN_STATUSES));
        }
        return status;
    }
}
