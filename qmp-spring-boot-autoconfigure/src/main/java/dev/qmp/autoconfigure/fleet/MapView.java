package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.EntryEvent;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryExpiredListener;
import com.hazelcast.map.listener.EntryMergedListener;
import com.hazelcast.map.listener.EntryRemovedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * This instance's copy of a distributed map, so that reading needs no message. It follows the map's events, and is
 * compared with the map after each change of the cluster, because events can be lost then.
 *
 * <p>Thread safety: any thread may read; the listener is called on threads of Hazelcast, and must not block.
 */
final class MapView {

    /** Follows changes. */
    interface Listener {

        /** Called after a value has changed; {@code null} stands for no value. */
        void changed(String key, @Nullable String before, @Nullable String after);
    }

    private final IMap<String, String> map;
    private final Listener listener;
    private final Map<String, String> values = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    /** The keys of events since the last comparison has begun: what it read of them may be older. Null between two. */
    private @Nullable Set<String> newer;

    private @Nullable UUID registration;

    MapView(IMap<String, String> map, Listener listener) {
        this.map = map;
        this.listener = listener;
    }

    IMap<String, String> map() {
        return map;
    }

    void open() {
        registration = map.addEntryListener(new Events(), true);
        compare();
    }

    void close() {
        if (registration != null) {
            map.removeEntryListener(registration);
            registration = null;
        }
        values.clear();
    }

    /** Reads the whole map, and takes what differs. */
    void compare() {
        lock.lock();
        try {
            newer = new HashSet<>();
        } finally {
            lock.unlock();
        }
        Set<Map.Entry<String, String>> all = map.entrySet();
        Set<String> present = new HashSet<>();
        for (Map.Entry<String, String> entry : all) {
            present.add(entry.getKey());
            takeOlder(entry.getKey(), entry.getValue());
        }
        for (String key : values.keySet()) {
            if (!present.contains(key)) {
                takeOlder(key, null);
            }
        }
        lock.lock();
        try {
            newer = null;
        } finally {
            lock.unlock();
        }
    }

    private void takeOlder(String key, @Nullable String value) {
        String before;
        lock.lock();
        try {
            if (newer != null && newer.contains(key)) {
                return;
            }
            before = put(key, value);
        } finally {
            lock.unlock();
        }
        notifyChanged(key, before, value);
    }

    /** Takes a value that this instance has just written or read. */
    void take(String key, @Nullable String value) {
        String before;
        lock.lock();
        try {
            if (newer != null) {
                newer.add(key);
            }
            before = put(key, value);
        } finally {
            lock.unlock();
        }
        notifyChanged(key, before, value);
    }

    private @Nullable String put(String key, @Nullable String value) {
        return value == null ? values.remove(key) : values.put(key, value);
    }

    private void notifyChanged(String key, @Nullable String before, @Nullable String after) {
        if (before == null ? after != null : !before.equals(after)) {
            listener.changed(key, before, after);
        }
    }

    @Nullable
    String get(String key) {
        return values.get(key);
    }

    Map<String, String> all() {
        return values;
    }

    /** The events of the map. */
    private final class Events
            implements EntryAddedListener<String, String>,
                    EntryUpdatedListener<String, String>,
                    EntryRemovedListener<String, String>,
                    EntryExpiredListener<String, String>,
                    EntryMergedListener<String, String> {

        @Override
        public void entryAdded(EntryEvent<String, String> event) {
            take(event.getKey(), event.getValue());
        }

        @Override
        public void entryUpdated(EntryEvent<String, String> event) {
            take(event.getKey(), event.getValue());
        }

        @Override
        public void entryMerged(EntryEvent<String, String> event) {
            take(event.getKey(), event.getValue());
        }

        @Override
        public void entryRemoved(EntryEvent<String, String> event) {
            take(event.getKey(), null);
        }

        @Override
        public void entryExpired(EntryEvent<String, String> event) {
            take(event.getKey(), null);
        }
    }
}
