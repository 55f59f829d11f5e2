package dev.qmp.autoconfigure.fleet;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One instance of the application, as it describes itself to the others.
 *
 * @param id its id, new for each start; other than the member's, it outlives a merge of clusters
 * @param member the id of its Hazelcast member
 * @param host its host and process, for a person
 * @param labels what it can reach
 * @param connections the digest of the names of the connections that it knows
 * @param leaving whether it hands over what it holds, because it stops
 */
record Instance(String id, UUID member, String host, Set<String> labels, String connections, boolean leaving) {

    static @Nullable Instance read(String text) {
        ObjectNode tree = FleetJson.read(text);
        if (tree == null) {
            return null;
        }
        String id = FleetJson.text(tree, "id");
        String member = FleetJson.text(tree, "member");
        String connections = FleetJson.text(tree, "connections");
        if (id == null || member == null || connections == null) {
            return null;
        }
        Set<String> labels = new LinkedHashSet<>();
        for (JsonNode label : tree.path("labels")) {
            labels.add(label.asString(""));
        }
        try {
            return new Instance(
                    id,
                    UUID.fromString(member),
                    tree.path("host").asString(""),
                    labels,
                    connections,
                    tree.path("leaving").asBoolean(false));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    String write() {
        ObjectNode tree = FleetJson.object()
                .put("id", id)
                .put("member", member.toString())
                .put("host", host)
                .put("connections", connections)
                .put("leaving", leaving);
        ArrayNode array = tree.putArray("labels");
        labels.forEach(array::add);
        return FleetJson.write(tree);
    }
}
