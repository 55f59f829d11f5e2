package dev.qmp.message;

import dev.qmp.error.MappingException;
import dev.qmp.error.Text;
import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.InvalidDefinitionException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.POJONode;
import tools.jackson.databind.util.RawValue;

/**
 * Converts between the application's own types and JSON trees by the rules of QMP. The page {@code
 * docs/reference/values.md} of the module has the whole table.
 *
 * <p>A property {@code backingImage} is written as {@code backing-image} and read from {@code backing-image} and {@code
 * backing_image}; {@code @JsonProperty} names exceptions such as {@code cpu_index}. An enum constant {@code NO_SPACE}
 * is {@code no-space}.
 *
 * <p>Members that the type does not have are ignored, so a newer server causes no error. Null and empty
 * {@link java.util.Optional} properties of a record or class are left out. In a map, in a list, or as the value of
 * {@link QmpCommand#withArgument}, they are null.
 * A {@code byte[]} is base64, and a {@link java.nio.file.Path} is its text. Types without a meaning in QMP, such as
 * {@link java.time.Duration}, are refused.
 *
 * <p>It does not use the application's mapper, because a naming strategy for a web API must not change a protocol.
 */
public final class QmpJson {

    /** The number of levels that QMP carries, in a command or a reply. */
    private static final int MAX_DEPTH = 1000;

    private QmpJson() {}

    /** {@return a new empty object} */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /**
     * {@return a value as a new tree; a given tree is copied}
     *
     * @throws IllegalArgumentException if QMP has no such value, or it is nested deeper than 1000 levels, for instance
     *     because it contains itself; the message names the place, and quotes nothing of the value
     */
    public static JsonNode toTree(@Nullable Object value) {
        return toTree(value, "value");
    }

    /**
     * {@return a value as a new tree} {@code where} is the value's place for messages, such as {@code arguments.drive}.
     */
    static JsonNode toTree(@Nullable Object value, String where) {
        try {
            return plain(value instanceof JsonNode tree ? copy(tree) : QmpMapping.MAPPER.valueToTree(value));
        } catch (QmpMapping.RefusedValueException e) {
            throw new IllegalArgumentException(
                    cannotWrite(value) + ": " + placeOf(e, where) + " " + e.getOriginalMessage());
        } catch (JacksonException e) {
            throw new IllegalArgumentException(cannotWrite(value) + ": " + placeOf(e, where) + " has no form in QMP ("
                    + e.getClass().getSimpleName() + ")");
        } catch (StackOverflowError e) {
            throw tooDeep(value); // Jackson does not detect a map that contains itself
        }
    }

    private static String placeOf(JacksonException cause, String where) {
        StringBuilder place = new StringBuilder(where);
        cause.getPath().forEach(step -> {
            if (step.getPropertyName() == null) {
                place.append('[').append(step.getIndex()).append(']');
            } else {
                place.append('.').append(Text.printable(step.getPropertyName()));
            }
        });
        return Text.printable(place.toString());
    }

    /**
     * {@return the node, with text in the place of bytes} A tree of Jackson can also hold raw JSON, which is parsed,
     * and Java objects, which are mapped.
     */
    private static JsonNode plain(JsonNode node) {
        if (node.isBinary()) {
            return QmpMapping.MAPPER.valueToTree(node.binaryValue());
        }
        if (node instanceof POJONode holder) {
            return plain(
                    holder.getPojo() instanceof RawValue raw
                            ? parsed(raw)
                            : QmpMapping.MAPPER.valueToTree(holder.getPojo()));
        }
        if (node instanceof ObjectNode object) {
            object.properties().forEach(member -> member.setValue(plainMember(object, member.getKey())));
        } else if (node instanceof ArrayNode array) {
            for (int index = 0; index < array.size(); index++) {
                array.set(index, plainElement(array, index));
            }
        }
        return node;
    }

    private static JsonNode parsed(RawValue raw) {
        try {
            return QmpMapping.MAPPER.readTree(String.valueOf(raw.rawValue()));
        } catch (JacksonException e) {
            throw new QmpMapping.RefusedValueException("is raw text, and not JSON");
        }
    }

    private static JsonNode plainMember(ObjectNode object, String name) {
        try {
            return plain(object.get(name));
        } catch (QmpMapping.RefusedValueException e) {
            throw e.prependPath(object, name);
        }
    }

    private static JsonNode plainElement(ArrayNode array, int index) {
        try {
            return plain(array.get(index));
        } catch (QmpMapping.RefusedValueException e) {
            throw e.prependPath(array, index);
        }
    }

    private static JsonNode copy(JsonNode tree) {
        if (isDeeperThan(MAX_DEPTH, tree)) {
            throw tooDeep(tree);
        }
        return tree.deepCopy();
    }

    private static boolean isDeeperThan(int levels, JsonNode tree) {
        if (!tree.isContainer()) {
            return false;
        }
        if (levels == 0) {
            return true;
        }
        for (JsonNode child : tree) {
            if (isDeeperThan(levels - 1, child)) {
                return true;
            }
        }
        return false;
    }

    private static IllegalArgumentException tooDeep(@Nullable Object value) {
        return new IllegalArgumentException(
                cannotWrite(value) + ": it is nested deeper than " + MAX_DEPTH + " levels, or holds itself");
    }

    private static String cannotWrite(@Nullable Object value) {
        return "cannot write a " + (value == null ? "null" : value.getClass().getName()) + " as JSON";
    }

    /**
     * {@return a tree as a value of the given type}
     *
     * @throws MappingException if the tree does not fit the type
     */
    public static <T> T fromTree(JsonNode tree, Class<T> type) {
        Objects.requireNonNull(tree, "tree");
        Objects.requireNonNull(type, "type");
        try {
            return type.isInstance(tree) ? type.cast(tree) : QmpMapping.MAPPER.treeToValue(tree, type);
        } catch (JacksonException e) {
            throw new MappingException(
                    "cannot read a JSON " + tree.getNodeType() + " as " + type.getName() + ": " + describe(e), null);
        }
    }

    /**
     * {@return a tree as a value of a generic type, such as a list of records}
     *
     * @throws MappingException if the tree does not fit the type
     */
    public static <T> T fromTree(JsonNode tree, TypeReference<T> type) {
        Objects.requireNonNull(tree, "tree");
        Objects.requireNonNull(type, "type");
        JavaType full = QmpMapping.MAPPER.constructType(type);
        try {
            return QmpMapping.MAPPER.treeToValue(tree, full);
        } catch (JacksonException e) {
            throw new MappingException(
                    "cannot read a JSON " + tree.getNodeType() + " as " + full.toCanonical() + ": " + describe(e),
                    null);
        }
    }

    /**
     * Describes a failure without Jackson's own text, which may quote the input. So Jackson's exception is no cause of
     * ours. The path to the wrong member is kept.
     */
    private static String describe(JacksonException cause) {
        StringBuilder path = new StringBuilder(reasonOf(cause));
        cause.getPath().forEach(step -> path.append(path.indexOf(" at ") < 0 ? " at " : "")
                .append('/')
                .append(step.getPropertyName() == null ? step.getIndex() : Text.printable(step.getPropertyName())));
        return path.toString();
    }

    private static String reasonOf(JacksonException cause) {
        if (cause instanceof QmpMapping.RefusedValueException refused) {
            return refused.getOriginalMessage();
        }
        if (cause instanceof InvalidDefinitionException) {
            return "the type has no constructor that names its properties; compile it with -parameters (Kotlin:"
                    + " -java-parameters), or put @JsonProperty on each constructor parameter,";
        }
        if (cause instanceof InvalidFormatException format
                && isFraction(format.getValue())
                && !format.getTargetType().isEnum()) {
            return "the number has a fraction or an exponent; use BigDecimal or double,";
        }
        return cause instanceof InputCoercionException
                ? "the number does not fit; use BigInteger or BigDecimal,"
                : cause.getClass().getSimpleName();
    }

    private static boolean isFraction(@Nullable Object value) {
        return value instanceof BigDecimal || value instanceof Double || value instanceof Float;
    }
}
