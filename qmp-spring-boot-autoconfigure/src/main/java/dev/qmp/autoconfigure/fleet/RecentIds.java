package dev.qmp.autoconfigure.fleet;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The ids that were added last, up to a number. Older ones are forgotten.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class RecentIds {

    private final int capacity;
    private final Set<String> ids = new LinkedHashSet<>();

    RecentIds(int capacity) {
        this.capacity = capacity;
    }

    /** {@return false if the id is present already} */
    synchronized boolean add(String id) {
        boolean added = ids.add(id);
        if (ids.size() > capacity) {
            Iterator<String> eldest = ids.iterator();
            eldest.next();
            eldest.remove();
        }
        return added;
    }

    synchronized boolean contains(String id) {
        return ids.contains(id);
    }
}
