package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The descriptions of instances and the lists of connections, in maps of this JVM and with a manual clock. */
class InstancesTests {

    private static final Set<String> BEFORE = Set.of("vm0", "vm1");
    private static final Set<String> AFTER = Set.of("vm0", "vm2");

    private final UUID member = UUID.randomUUID();
    private final Map<String, String> descriptions = new HashMap<>();
    private final Map<String, String> lists = new HashMap<>();
    private final IMap<String, String> distributedLists = mapOf(lists);
    private final HazelcastInstance hazelcast = mock(HazelcastInstance.class);

    private long now;
    private Instances instances;

    @BeforeEach
    void start() {
        Member local = mock(Member.class);
        given(local.getUuid()).willReturn(member);
        Cluster cluster = mock(Cluster.class);
        given(cluster.getLocalMember()).willReturn(local);
        given(cluster.getMembers()).willReturn(Set.of(local));
        IMap<String, String> distributedDescriptions = mapOf(descriptions);
        given(hazelcast.getCluster()).willReturn(cluster);
        given(hazelcast.<String, String>getMap("test.fleet.instances")).willReturn(distributedDescriptions);
        given(hazelcast.<String, String>getMap("test.fleet.connections")).willReturn(distributedLists);
        instances = new Instances(hazelcast, "test", Set.of(), () -> {}, () -> now);
        instances.begin();
        instances.open();
    }

    /** A fleet of one instance reads no list of another, and forgets its own nevertheless. */
    @Test
    void anInstanceKeepsNoListThatItHadBefore() {
        instances.publish(BEFORE);
        instances.publish(AFTER);
        assertThat(lists).containsOnlyKeys(digest(AFTER));
        assertThat(instances.knows(described("other", BEFORE), "vm1")).isFalse();
        verify(distributedLists).get(digest(BEFORE)); // asks the map, from which it was deleted
    }

    @Test
    void aListThatAnotherInstanceUsesIsKept() {
        Instance other = join("other", BEFORE);
        instances.compare();
        instances.publish(BEFORE);
        instances.publish(AFTER);
        assertThat(lists).containsOnlyKeys(digest(BEFORE), digest(AFTER));
        assertThat(instances.knows(other, "vm1")).isTrue();
        verify(distributedLists, never()).get(any()); // this instance has had the list itself
    }

    /** Both still see the other's old description, so none of them deletes the list. */
    @Test
    void aListThatItsLastInstancesLeaveTogetherIsDeletedLater() {
        join("other", BEFORE);
        instances.compare();
        instances.publish(BEFORE);
        instances.publish(AFTER);
        join("other", AFTER);
        compareAfter(Duration.ofSeconds(30));
        assertThat(lists).containsOnlyKeys(digest(BEFORE), digest(AFTER));
        compareAfter(Duration.ofSeconds(30));
        assertThat(lists).containsOnlyKeys(digest(BEFORE), digest(AFTER));
        compareAfter(Duration.ofSeconds(1));
        assertThat(lists).containsOnlyKeys(digest(AFTER));
    }

    @Test
    void theListOfALostInstanceIsDeletedAfterItsDescription() {
        instances.publish(AFTER);
        Instance lost = new Instance("lost", UUID.randomUUID(), "1@lost", Set.of(), digest(BEFORE), false);
        descriptions.put("lost", lost.write());
        lists.put(digest(BEFORE), "{\"names\": [\"vm0\", \"vm1\"]}");
        compareAfter(Duration.ZERO);
        compareAfter(Duration.ofSeconds(31));
        assertThat(descriptions).doesNotContainKey("lost");
        compareAfter(Duration.ZERO); // the first one at which the list has no user
        assertThat(lists).containsKey(digest(BEFORE));
        compareAfter(Duration.ofSeconds(31));
        assertThat(lists).containsOnlyKeys(digest(AFTER));
    }

    @Test
    void aListThatIsUsedAgainIsUnusedAnew() {
        lists.put(digest(BEFORE), "{\"names\": [\"vm0\", \"vm1\"]}");
        instances.publish(AFTER);
        compareAfter(Duration.ZERO);
        join("other", BEFORE);
        compareAfter(Duration.ofSeconds(20));
        descriptions.remove("other");
        compareAfter(Duration.ofSeconds(20));
        compareAfter(Duration.ofSeconds(20));
        assertThat(lists).containsKey(digest(BEFORE));
        compareAfter(Duration.ofSeconds(20));
        assertThat(lists).containsOnlyKeys(digest(AFTER));
    }

    /** Another instance can see a list unused at the moment in which this one is about to use it. */
    @Test
    void aListInUseThatWasDeletedIsWrittenAgain() {
        instances.publish(BEFORE);
        lists.clear();
        instances.compare();
        assertThat(lists).containsOnlyKeys(digest(BEFORE));
    }

    private void compareAfter(Duration time) {
        now += time.toNanos();
        instances.compare();
    }

    private Instance join(String id, Set<String> connections) {
        Instance instance = described(id, connections);
        descriptions.put(id, instance.write());
        lists.put(instance.connections(), "{\"names\": []}");
        return instance;
    }

    private Instance described(String id, Set<String> connections) {
        return new Instance(id, member, "1@" + id, Set.of(), digest(connections), false);
    }

    private static String digest(Set<String> connections) {
        return ConnectionLists.digest(connections);
    }

    @SuppressWarnings("unchecked")
    private static IMap<String, String> mapOf(Map<String, String> content) {
        IMap<String, String> map = mock(IMap.class);
        given(map.keySet()).willAnswer(call -> Set.copyOf(content.keySet()));
        given(map.entrySet()).willAnswer(call -> Map.copyOf(content).entrySet());
        given(map.containsKey(any())).willAnswer(call -> content.containsKey(call.<String>getArgument(0)));
        given(map.get(any())).willAnswer(call -> content.get(call.<String>getArgument(0)));
        given(map.remove(any(), any())).willAnswer(call -> content.remove(call.getArgument(0), call.getArgument(1)));
        willAnswer(call -> content.put(call.getArgument(0), call.getArgument(1)))
                .given(map)
                .set(any(), any());
        willAnswer(call -> content.remove(call.<String>getArgument(0)))
                .given(map)
                .delete(any());
        return map;
    }
}
