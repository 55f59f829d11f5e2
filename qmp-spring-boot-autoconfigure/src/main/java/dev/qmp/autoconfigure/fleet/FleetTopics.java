package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import dev.qmp.autoconfigure.SafeLog;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * The topics by which instances send messages to each other: each instance listens to its own.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class FleetTopics {

    private static final SafeLog LOGGER = SafeLog.of(FleetTopics.class);

    private final HazelcastInstance hazelcast;
    private final String prefix;
    private final Map<String, ITopic<String>> topics = new ConcurrentHashMap<>();

    FleetTopics(HazelcastInstance hazelcast, String prefix) {
        this.hazelcast = hazelcast;
        this.prefix = prefix;
    }

    ITopic<String> of(String instance) {
        return topics.computeIfAbsent(instance, id -> hazelcast.getTopic(prefix + ".fleet.commands." + id));
    }

    /** Sends a message. If that fails, the deadline of the command ends the wait for it. */
    void send(String instance, ObjectNode tree) {
        try {
            of(instance).publish(FleetJson.write(tree));
        } catch (RuntimeException e) {
            LOGGER.debug("A message to another instance was not sent", e);
        }
    }

    /** Forgets the topics of all other instances. */
    void retain(Set<String> instances) {
        topics.keySet().retainAll(instances);
    }
}
