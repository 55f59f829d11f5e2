package dev.qmp.autoconfigure.fleet;

import com.hazelcast.map.IMap;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The lists of connections that the instances know. A list is stored once for all instances that know the same ones,
 * under the digest of the list. Confined to the fleet's thread, as {@link Instances}.
 */
final class ConnectionLists {

    /** An instance writes its list before its description, so a list without a description is kept for this long. */
    private static final long KEEP_NANOS = 30_000_000_000L;

    private final IMap<String, String> map;
    private final LongSupplier clock;
    /** Lists in use, by their digests. A list that was missing in the map is empty here. */
    private final Map<String, Set<String>> known = new HashMap<>();
    /** When the unused lists in the map were first seen unused, by the clock. */
    private final Map<String, Long> unusedSince = new HashMap<>();

    /**
     * Creates a view without lists.
     *
     * @param clock the time in nanoseconds
     */
    ConnectionLists(IMap<String, String> map, LongSupplier clock) {
        this.map = map;
        this.clock = clock;
    }

    /** Writes a list, unless it is in the map. */
    void write(String digest, Set<String> names) {
        known.put(digest, names);
        if (!map.containsKey(digest)) {
            ObjectNode list = FleetJson.object();
            ArrayNode array = list.putArray("names");
            new TreeSet<>(names).forEach(array::add);
            map.set(digest, FleetJson.write(list));
        }
    }

    /** Deletes a list at once, which only this instance has used. */
    void delete(String digest) {
        map.delete(digest);
    }

    /** {@return the names in a list; empty if it is missing} */
    Set<String> names(String digest) {
        Set<String> list = known.get(digest);
        return list != null ? list : read(digest);
    }

    private Set<String> read(String digest) {
        Set<String> list = new HashSet<>();
        String text = map.get(digest);
        ObjectNode tree = text == null ? null : FleetJson.read(text);
        if (tree != null) {
            for (JsonNode name : tree.path("names")) {
                list.add(name.asString(""));
            }
        }
        known.put(digest, list); // also if it is missing: one read is enough for all connections of a turn
        return list;
    }

    /** Lets lists that were missing in the map be read again. */
    void retryMissing() {
        known.values().removeIf(Set::isEmpty);
    }

    /** Forgets the lists that are not in use. The map keeps them. */
    void forgetUnused(Set<String> used) {
        known.keySet().retainAll(used);
    }

    /**
     * Deletes lists from the map that have not been in use for a while. Such lists remain if their last instance was
     * lost, or if the last two left at the same time.
     */
    void deleteUnused(Set<String> used) {
        Set<String> unused = new HashSet<>(map.keySet());
        unused.removeAll(used);
        unusedSince.keySet().retainAll(unused);
        long now = clock.getAsLong();
        for (String digest : unused) {
            if (now - unusedSince.computeIfAbsent(digest, key -> now) > KEEP_NANOS) {
                map.delete(digest);
                unusedSince.remove(digest);
            }
        }
    }

    void clear() {
        known.clear();
        unusedSince.clear();
    }

    /** {@return the digest of a list} The order of the names has no effect. */
    static String digest(Set<String> names) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (String name : new TreeSet<>(names)) {
                sha.update(name.getBytes(StandardCharsets.UTF_8));
                sha.update((byte) 0);
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
