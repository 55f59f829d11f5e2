package dev.qmp.autoconfigure.health;

import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The guest statuses that make a connection DOWN. A word that QEMU does not use would never match, and a panic would
 * pass for health. So such a word stops the start.
 */
final class DownStatuses {

    /** QEMU's {@code RunState}. */
    private static final Set<String> KNOWN = new TreeSet<>(Set.of(
            "colo",
            "debug",
            "finish-migrate",
            "guest-panicked",
            "inmigrate",
            "internal-error",
            "io-error",
            "paused",
            "postmigrate",
            "preconfig",
            "prelaunch",
            "restore-vm",
            "running",
            "save-vm",
            "shutdown",
            "suspended",
            "watchdog"));

    private DownStatuses() {}

    /** {@return the statuses in QEMU's spelling} Case and underscores are ignored, as in Boot's own properties. */
    static Set<String> of(Set<String> configured) {
        return configured.stream().map(DownStatuses::spelt).collect(Collectors.toUnmodifiableSet());
    }

    private static String spelt(String configured) {
        String status = configured.strip().toLowerCase(Locale.ROOT).replace('_', '-');
        if (!KNOWN.contains(status)) {
            throw new InvalidQmpPropertyException(
                    "qmp.health.guest-status.down",
                    configured,
                    "QEMU has no such guest status",
                    "any of " + String.join(", ", KNOWN));
        }
        return status;
    }
}
