package dev.qmp.event;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A condition on one member of an event's data.
 *
 * @param path the member
 * @param expected the values that match; empty for presence and absence
 * @param wantsPresence whether the member must be present
 */
record DataCondition(String path, List<JsonNode> expected, boolean wantsPresence) {

    static DataCondition oneOf(String path, List<JsonNode> expected) {
        return new DataCondition(path, List.copyOf(expected), true);
    }

    static DataCondition present(String path) {
        return new DataCondition(path, List.of(), true);
    }

    static DataCondition absent(String path) {
        return new DataCondition(path, List.of(), false);
    }

    boolean matches(JsonNode data) {
        JsonNode actual = find(data, path);
        boolean isPresent = actual != null && !actual.isNull();
        if (actual == null || !isPresent || !wantsPresence) {
            return isPresent == wantsPresence;
        }
        return expected.isEmpty() || expected.stream().anyMatch(value -> value.equals(DataCondition::compare, actual));
    }

    /**
     * Finds a member by its path. A name with dots is tried as a whole first, because vendors' names ({@code
     * __org.example_x}) contain dots.
     */
    private static @Nullable JsonNode find(JsonNode node, String path) {
        JsonNode whole = child(node, path);
        if (whole != null) {
            return whole;
        }
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
            JsonNode next = child(node, path.substring(0, dot));
            JsonNode found = next == null ? null : find(next, path.substring(dot + 1));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable JsonNode child(JsonNode node, String name) {
        if (node.isObject()) {
            return node.get(name);
        }
        boolean isIndex =
                !name.isEmpty() && name.length() < 10 && name.chars().allMatch(digit -> digit >= '0' && digit <= '9');
        return node.isArray() && isIndex ? node.get(Integer.parseInt(name)) : null;
    }

    /**
     * {@return zero if two values are the same} Numbers are compared by value, because 5 can arrive as an int, long or
     * decimal.
     */
    private static int compare(JsonNode one, JsonNode other) {
        if (isDecimal(one) && isDecimal(other)) {
            return one.decimalValue().compareTo(other.decimalValue());
        }
        return one.equals(other) ? 0 : 1;
    }

    private static boolean isDecimal(JsonNode node) {
        return node.isNumber() && (node.isBigDecimal() || Double.isFinite(node.doubleValue()));
    }

    @Override
    public String toString() {
        return (expected.isEmpty() ? (wantsPresence ? "having " : "without ") : "with ") + path;
    }
}
