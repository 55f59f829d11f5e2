package dev.qmp.autoconfigure;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the known key that is nearest to a misspelt one. */
final class NearestKey {

    private NearestKey() {}

    /**
     * {@return the full name of the nearest key, null if none is near}
     *
     * @param root the key at which the path begins
     * @param path the misspelt key's elements below the root, as written
     */
    static @Nullable String of(KnownKey root, List<String> path) {
        return below(root, root.name(), path);
    }

    /** Corrects one element after the other. If that fails, searches all groups below for the last element. */
    private static @Nullable String below(KnownKey key, String prefix, List<String> path) {
        if (path.isEmpty()) {
            return key.isValue() ? prefix : null;
        }
        String element = path.get(0);
        KnownKey child = key.isMap() ? key.entry() : similar(key, element);
        if (child != null) {
            String name = key.isMap() ? element : child.name();
            String nearest = below(child, prefix + "." + name, path.subList(1, path.size()));
            if (nearest != null) {
                return nearest;
            }
        }
        return anywhere(key, prefix, path.get(path.size() - 1));
    }

    private static @Nullable KnownKey similar(KnownKey key, String element) {
        KnownKey nearest = null;
        int least = tolerance(element) + 1;
        for (KnownKey child : key.children()) {
            int distance = distance(child.name(), element);
            if (distance < least) {
                nearest = child;
                least = distance;
            }
        }
        return nearest;
    }

    private static @Nullable String anywhere(KnownKey key, String prefix, String element) {
        String nearest = null;
        int least = tolerance(element) + 1;
        for (Map.Entry<String, KnownKey> value : key.values().entrySet()) {
            int distance = distance(value.getValue().name(), element);
            if (distance < least) {
                nearest = prefix + "." + value.getKey();
                least = distance;
            }
        }
        return nearest;
    }

    /** The number of letters of a name that may be wrong. */
    private static int tolerance(String name) {
        return Math.max(1, KnownKey.uniform(name).length() / 3);
    }

    /** {@return the number of letters to add, remove or replace to turn one name into the other} */
    static int distance(String one, String other) {
        String from = KnownKey.uniform(one);
        String to = KnownKey.uniform(other);
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
