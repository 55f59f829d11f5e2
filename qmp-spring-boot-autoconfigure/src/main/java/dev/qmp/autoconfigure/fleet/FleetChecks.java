package dev.qmp.autoconfigure.fleet;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import dev.qmp.autoconfigure.SafeLog;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must be right before an instance takes part in a fleet. */
final class FleetChecks {

    private static final SafeLog LOGGER = SafeLog.of(FleetChecks.class);
    private static final String SHUTDOWN_HOOK = "hazelcast.shutdownhook.enabled";
    private static final List<String> MAPS = List.of("instances", "connections", "owners", "machines");
    private static final Duration LONGEST_RETRY = Duration.ofDays(1);
    private static final Duration LONGEST_SETTLE = Duration.ofMinutes(5);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private FleetChecks() {}

    static void check(HazelcastInstance hazelcast, QmpFleetProperties properties) {
        if (!properties.getName().matches("[A-Za-z0-9_.-]+")) {
            throw new InvalidQmpPropertyException(
                    "qmp.fleet.name",
                    properties.getName(),
                    "it is not a valid name",
                    "letters, digits, '-', '_' and '.'");
        }
        Duration retry = properties.getRetryHeld();
        if (retry.isZero() || retry.isNegative() || retry.compareTo(LONGEST_RETRY) > 0) {
            throw new InvalidQmpPropertyException(
                    "qmp.fleet.retry-held", retry, "it is out of range", "a duration from 1ms to 24h, such as 30s");
        }
        Duration settle = properties.getSettleTime();
        if (settle.isNegative() || settle.compareTo(LONGEST_SETTLE) > 0) {
            throw new InvalidQmpPropertyException(
                    "qmp.fleet.settle-time", settle, "it is out of range", "a duration from 0s to 5m, such as 1s");
        }
        Duration wait = properties.getCommandWait();
        if (wait.isNegative() || wait.compareTo(LONGEST_WAIT) > 0) {
            throw new InvalidQmpPropertyException(
                    "qmp.fleet.command-wait", wait, "it is out of range", "a duration from 0s to 5m, such as 5s");
        }
        if (!(hazelcast.getLocalEndpoint() instanceof Member)) {
            throw new InvalidQmpPropertyException(
                    "qmp.fleet.enabled",
                    true,
                    "the Hazelcast instance is a client, and only members see each other come and go",
                    "true with a Hazelcast member in each instance; it can be a lite member of a server cluster");
        }
        checkMaps(hazelcast.getConfig(), properties.getName());
        String hook = hazelcast.getConfig().getProperty(SHUTDOWN_HOOK);
        if (!"false".equals(hook)) {
            LOGGER.warn("QMP fleet: set the Hazelcast property " + SHUTDOWN_HOOK + " to false. Otherwise Hazelcast ends"
                    + " at SIGTERM before this instance has handed over its machines");
        }
    }

    /**
     * Checks the configuration of the fleet's maps, which is that of the application's caches unless they have one of
     * their own. If an entry expired, an instance would count as lost, or its claim would be free.
     */
    private static void checkMaps(Config config, String prefix) {
        for (String name : MAPS) {
            String loss = lossOf(config.findMapConfig(prefix + ".fleet." + name));
            if (loss != null) {
                throw new InvalidQmpPropertyException(
                        "qmp.fleet.enabled",
                        true,
                        "the Hazelcast map '" + prefix + ".fleet." + name + "' can lose entries, because " + loss,
                        "true with a map configuration for '" + prefix
                                + ".fleet.*' in hazelcast.yaml, with a backup and" + " without expiry and eviction");
            }
        }
    }

    private static @Nullable String lossOf(MapConfig map) {
        if (map.getTimeToLiveSeconds() > 0) {
            return "its time-to-live-seconds is " + map.getTimeToLiveSeconds();
        }
        if (map.getMaxIdleSeconds() > 0) {
            return "its max-idle-seconds is " + map.getMaxIdleSeconds();
        }
        if (map.getEvictionConfig().getEvictionPolicy() != EvictionPolicy.NONE) {
            return "its eviction-policy is " + map.getEvictionConfig().getEvictionPolicy();
        }
        return map.getTotalBackupCount() == 0 ? "its backup-count is 0" : null;
    }
}
