package dev.qmp.qapi;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes the members of a generated type as one JSON object. */
public final class QapiWriter {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ObjectNode json = NODES.objectNode();

    /**
     * Writes a member that must not be null.
     *
     * @throws NullPointerException if it is null; the message is its name
     */
    public QapiWriter require(String name, @Nullable Object value) {
        json.set(name, tree(Objects.requireNonNull(value, name)));
        return this;
    }

    /** Writes a member, unless it is null. */
    public QapiWriter put(String name, @Nullable Object value) {
        if (value != null) {
            json.set(name, tree(value));
        }
        return this;
    }

    /** {@return the object with the given members at its end} */
    public ObjectNode json(Map<String, JsonNode> unknownMembers) {
        unknownMembers.forEach(json::set);
        return json;
    }

    /** {@return a command with the members as its arguments} */
    public QmpCommand command(String name) {
        return QmpCommand.of(name, json);
    }

    /** {@return a value as JSON; values of other types are converted by {@link QmpJson#toTree}} */
    public static JsonNode tree(Object value) {
        if (value instanceof String text) {
            return NODES.stringNode(text);
        } else if (value instanceof QapiEnum constant) {
            return NODES.stringNode(constant.value());
        } else if (value instanceof QapiValue structured) {
            return structured.toJson();
        } else if (value instanceof Boolean bool) {
            return NODES.booleanNode(bool);
        } else if (value instanceof Long number) {
            return integer(number);
        } else if (value instanceof Integer number) {
            return NODES.numberNode(number.intValue());
        } else if (value instanceof BigInteger number) {
            return number.bitLength() < Long.SIZE ? integer(number.longValue()) : NODES.numberNode(number);
        } else if (value instanceof List<?> list) {
            ArrayNode elements = NODES.arrayNode(list.size());
            list.forEach(element -> elements.add(tree(Objects.requireNonNull(element, "element of a list"))));
            return elements;
        }
        return QmpJson.toTree(value);
    }

    /** {@return the node that a parser creates for this number, so that trees are equal} */
    private static JsonNode integer(long number) {
        return number == (int) number ? NODES.numberNode((int) number) : NODES.numberNode(number);
    }

    /** {@return an immutable copy of a member with a list} */
    public static <T> @Nullable List<T> copy(@Nullable List<T> list) {
        return list == null ? null : List.copyOf(list);
    }

    /** {@return an immutable copy of unknown members, in order} */
    public static Map<String, JsonNode> copy(@Nullable Map<String, JsonNode> members) {
        return members == null || members.isEmpty()
                ? Map.of()
                : Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }
}
