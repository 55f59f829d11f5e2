package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryMergedListener;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * This instance's copy of a distributed map, so that reading needs no message. It follows the map's events, and is
 * compared with the map after each change of the cluster, because events can be lost then.
 *
 * <p>An event can arrive before the reply to the operation that caused it, and so can later events of the same key. A
 * value that this instance has written or read is therefore taken with the {@link #moment} before the operation: it
 * does not replace the value of an event that has arrived since. The event of a write of this instance comes in any
 * case.
 *
 * <p>Thread safety: any thread may read; the listener is called on threads of Hazelcast and of the fleet, one call at a
 * time and in the order of the changes. It must not block.
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
    /** The number of events so far. */
    private long events;
    /** The number of the last event of each key. The second comparison after a removal drops that of the key. */
    private final Map<String, Long> lastEvents = new HashMap<>();
    /** The moment of the last comparison. */
    private long compared;

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
        long since = moment();
        Set<Map.Entry<String, String>> all = map.entrySet();
        Set<String> present = new HashSet<>();
        for (Map.Entry<String, String> entry : all) {
            present.add(entry.getKey());
            take(entry.getKey(), entry.getValue(), since);
        }
        for (String key : values.keySet()) {
            if (!present.contains(key)) {
                take(key, null, since);
            }
        }
        forgetRemoved(since);
    }

    private void forgetRemoved(long since) {
        lock.lock();
        try {
            lastEvents.entrySet().removeIf(last -> last.getValue() <= compared && !values.containsKey(last.getKey()));
            compared = since;
        } finally {
            lock.unlock();
        }
    }

    /** {@return the present moment, for {@link #take(String, String, long)} after a read or a write} */
    long moment() {
        lock.lock();
        try {
            return events;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a value that this instance has written or read, unless an event of the key has arrived meanwhile.
     *
     * @param since the moment before the operation
     */
    void take(String key, @Nullable String value, long since) {
        lock.lock();
        try {
            if (lastEvents.getOrDefault(key, 0L) <= since) {
                put(key, value);
            }
        } finally {
            lock.unlock();
        }
    }

    private void happened(String key, @Nullable String value) {
        lock.lock();
        try {
            events++;
            lastEvents.put(key, events);
            put(key, value);
        } finally {
            lock.unlock();
        }
    }

    /** Calls the listener under the lock, because otherwise the calls of two threads could come in the wrong order. */
    private void put(String key, @Nullable String value) {
        String before = value == null ? values.remove(key) : values.put(key, value);
        if (!Objects.equals(before, value)) {
            listener.changed(key, before, value);
        }
    }

    @Nullable
    String get(String key) {
        return values.get(key);
    }

    Map<String, String> all() {
        return values;
    }

    /** The events of the map. Those of a removal, an expiry and an eviction have no value. */
    private final class Events extends EntryAdapter<String, String> implements EntryMergedListener<String, String> {

        @Override
        public void onEntryEvent(EntryEvent<String, String> event) {
            happened(event.getKey(), event.getValue());
        }

        @Override
        public void entryMerged(EntryEvent<String, String> event) {
            onEntryEvent(event);
        }
    }
}
