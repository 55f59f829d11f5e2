package dev.qmp.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.qmp.error.MappingException;
import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Converts between the application's own types and JSON trees, by the habits of QMP: a property {@code backingImage}
 * is {@code backing-image} on the wire ({@code @JsonProperty} names exceptions such as {@code cpu_index}), members
 * unknown to the type are ignored, so that a newer server is no error, and absent arguments are left out.
 *
 * <p>It is deliberately not the application's mapper: a naming strategy made for a web API must not change a protocol.
 */
public final class QmpJson {

    /** Made for the first value of the application's own, not for trees: it takes milliseconds. */
    private static final class Mapping {

        static final JsonMapper MAPPER = JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
                .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();

        private Mapping() {}
    }

    /** As many levels as QMP carries, in a command or a reply. */
    private static final int MAX_DEPTH = 1000;

    private QmpJson() {}

    /** {@return an empty object, to be filled} */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /**
     * {@return a value as a tree of its own: a given tree is copied}
     *
     * @throws IllegalArgumentException if Jackson cannot write the value, or it is nested deeper than 1000 levels, for
     *     instance because it refers to itself; the message quotes nothing of it
     */
    public static JsonNode toTree(@Nullable Object value) {
        try {
            return value instanceof JsonNode tree ? copy(tree) : Mapping.MAPPER.valueToTree(value);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(cannotWrite(value) + ": " + describe(e));
        } catch (StackOverflowError e) {
            throw tooDeep(value); // Jackson does not notice that a map holds itself
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
        try {
            return type.isInstance(tree) ? type.cast(tree) : Mapping.MAPPER.treeToValue(tree, type);
        } catch (JacksonException e) {
            throw new MappingException(
                    "cannot read a JSON " + tree.getNodeType() + " as " + type.getName() + ": " + describe(e), null);
        }
    }

    /** Jackson's own text may quote the input, so its exception is no cause of ours; the path to the culprit does not. */
    private static String describe(JacksonException cause) {
        StringBuilder path = new StringBuilder(cause.getClass().getSimpleName());
        cause.getPath().forEach(step -> path.append(path.indexOf(" at ") < 0 ? " at " : "")
                .append('/')
                .append(step.getPropertyName() == null ? step.getIndex() : Text.printable(step.getPropertyName())));
        return path.toString();
    }
}
