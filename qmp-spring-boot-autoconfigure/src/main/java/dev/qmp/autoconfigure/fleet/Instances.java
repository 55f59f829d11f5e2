package dev.qmp.autoconfigure.fleet;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The instances of the fleet, what each can reach, and which connections it knows. An instance counts while its
 * Hazelcast member belongs to the cluster. The description of an instance has the digest of its connections, and
 * {@link ConnectionLists} has the names.
 *
 * <p>Thread safety: {@link #id}, {@link #find} and {@link #isMember} from any thread; all else on the fleet's thread,
 * or on the thread that starts and stops the fleet while the fleet's thread does not run.
 */
final class Instances {

    /** A member can be back soon after a merge of clusters, so its description is kept for this long. */
    private static final long KEEP_NANOS = 30_000_000_000L;

    private final Cluster cluster;
    private final String host = ManagementFactory.getRuntimeMXBean().getName();
    private final Set<String> labels;
    private final MapView view;
    private final ConnectionLists lists;
    private final LongSupplier clock;
    private final Map<String, Long> absentSince = new HashMap<>();
    private String digest = "";
    private Set<String> names = Set.of();
    private volatile String id = UUID.randomUUID().toString();
    private boolean leaving;
    private boolean closed;

    Instances(HazelcastInstance hazelcast, String prefix, Set<String> labels, Runnable changed) {
        this(hazelcast, prefix, labels, changed, System::nanoTime);
    }

    Instances(HazelcastInstance hazelcast, String prefix, Set<String> labels, Runnable changed, LongSupplier clock) {
        this.cluster = hazelcast.getCluster();
        this.labels = labels;
        this.view = new MapView(hazelcast.getMap(prefix + ".fleet.instances"), (key, before, after) -> changed.run());
        this.lists = new ConnectionLists(hazelcast.getMap(prefix + ".fleet.connections"), clock);
        this.clock = clock;
    }

    /** {@return the id of this instance} */
    String id() {
        return id;
    }

    /** Begins a start. After a stop it has a new id, because the other instances have removed the old one. */
    void begin() {
        if (closed) {
            id = UUID.randomUUID().toString();
        }
        closed = false;
        leaving = false;
        digest = "";
    }

    void open() {
        view.open();
    }

    /** Publishes which connections this instance knows, if that has changed. */
    void publish(Set<String> connections) {
        if (!names.equals(connections) || digest.isEmpty()) {
            names = Set.copyOf(connections);
            String before = digest;
            digest = ConnectionLists.digest(names);
            lists.write(digest, names);
            publishSelf();
            Set<String> used = usedLists();
            if (!before.isEmpty() && !used.contains(before)) {
                lists.delete(before);
            }
            lists.forgetUnused(used);
        }
    }

    private Set<String> usedLists() {
        Set<String> used = new HashSet<>();
        all().forEach(instance -> used.add(instance.connections()));
        used.add(digest);
        return used;
    }

    /**
     * Publishes the description of this instance. After a merge of clusters it is published again, because its member
     * has another id.
     */
    void publishSelf() {
        String text = self().write();
        long since = view.moment();
        view.map().set(id, text);
        view.take(id, text, since);
    }

    private Instance self() {
        UUID member = cluster.getLocalMember().getUuid();
        return new Instance(id, member, host, labels, digest, leaving);
    }

    /**
     * Publishes that this instance leaves. From then on, other instances do not expect it to take connections. It keeps
     * the connections that it holds until it releases them.
     */
    void leave() {
        leaving = true;
        publishSelf();
    }

    /** Removes the description of this instance from the map, and stops following the map. */
    void close() {
        closed = true;
        view.map().delete(id);
        view.close();
        lists.clear();
    }

    /** Compares with the maps; publishes this instance again if it is missing there. */
    void compare() {
        view.compare();
        refresh();
        if (!digest.isEmpty()) {
            lists.write(digest, names); // another instance can have deleted it when this one was about to use it
        }
        Set<String> used = usedLists();
        lists.forgetUnused(used);
        lists.deleteUnused(used);
    }

    /** Publishes this instance again if others would not know it, and forgets those that are long gone. */
    void refresh() {
        String published = view.get(id);
        if (!digest.isEmpty() && (published == null || !published.equals(self().write()))) {
            lists.write(digest, names);
            publishSelf();
        }
        lists.retryMissing();
        forgetAbsent();
    }

    private void forgetAbsent() {
        Set<UUID> members = members();
        long now = clock.getAsLong();
        for (Instance instance : all()) {
            if (instance.id().equals(id) || members.contains(instance.member())) {
                absentSince.remove(instance.id());
            } else if (now - absentSince.computeIfAbsent(instance.id(), key -> now) > KEEP_NANOS) {
                view.map().remove(instance.id(), instance.write());
                absentSince.remove(instance.id());
            }
        }
    }

    private List<Instance> all() {
        List<Instance> all = new ArrayList<>();
        for (String text : view.all().values()) {
            Instance instance = Instance.read(text);
            if (instance != null) {
                all.add(instance);
            }
        }
        return all;
    }

    private Set<UUID> members() {
        Set<UUID> members = new HashSet<>();
        for (Member member : cluster.getMembers()) {
            members.add(member.getUuid());
        }
        return members;
    }

    /** {@return whether a member belongs to the cluster now} */
    boolean isMember(UUID id) {
        for (Member member : cluster.getMembers()) {
            if (member.getUuid().equals(id)) {
                return true;
            }
        }
        return false;
    }

    /** {@return the instances whose members belong to the cluster, this one included} */
    List<Instance> live() {
        Set<UUID> members = members();
        List<Instance> live = new ArrayList<>();
        live.add(self());
        for (Instance instance : all()) {
            if (!instance.id().equals(id) && members.contains(instance.member())) {
                live.add(instance);
            }
        }
        return live;
    }

    /**
     * {@return the last known description of an instance, even if its member is not in the cluster; null if there is
     * none}
     */
    @Nullable
    Instance find(String instanceId) {
        String text = view.get(instanceId);
        return text == null ? null : Instance.read(text);
    }

    /** {@return whether an instance knows a connection} */
    boolean knows(Instance instance, String connection) {
        if (instance.connections().equals(digest)) {
            return names.contains(connection);
        }
        return lists.names(instance.connections()).contains(connection);
    }
}
