package dev.qmp.autoconfigure.fleet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses an instance for a connection: the one with the highest hash of both names. All instances choose alike from
 * the same list. A new instance takes only connections for itself, and those of a lost one are spread over the others.
 */
final class Rendezvous {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private Rendezvous() {}

    /** {@return the chosen instance; null if there are none} */
    static @Nullable String choose(String connection, List<String> instances) {
        String best = null;
        long highest = 0;
        for (String instance : instances) {
            long weight = hash(instance, connection);
            boolean higher = Long.compareUnsigned(weight, highest) > 0;
            if (best == null || higher || (weight == highest && instance.compareTo(best) > 0)) {
                best = instance;
                highest = weight;
            }
        }
        return best;
    }

    private static long hash(String instance, String connection) {
        long hash = FNV_OFFSET;
        for (byte octet : (instance + '\n' + connection).getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }
}
