package dev.qmp.qapi;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the members of one JSON object for a generated type, and keeps the members that the type does not have.
 *
 * <p>All methods throw {@link dev.qmp.error.MappingException} if a value does not fit. The message names the place, and
 * quotes nothing of the value. The {@code find} methods return null if the member is missing or null.
 */
public final class QapiReader {

    private final Map<String, JsonNode> unread = new LinkedHashMap<>();

    /** Creates a reader of an object. */
    public QapiReader(JsonNode json) {
        Objects.requireNonNull(json, "json");
        if (!json.isObject()) {
            throw misfit(json, "an object");
        }
        json.properties().forEach(member -> unread.put(member.getKey(), member.getValue()));
    }

    /** {@return the text of the member that decides on the variant of a union} */
    public static String tag(JsonNode union, String name) {
        JsonNode tag = tagNode(union, name);
        if (tag == null) {
            throw new MisfitException("a member is missing", "/" + name);
        }
        return read(name, tag, QapiReader::asString);
    }

    /** {@return the text of the member that decides on the variant of a union; empty if an older machine has none} */
    public static String findTag(JsonNode union, String name) {
        JsonNode tag = tagNode(union, name);
        return tag == null || tag.isNull() ? "" : read(name, tag, QapiReader::asString);
    }

    private static @Nullable JsonNode tagNode(JsonNode union, String name) {
        Objects.requireNonNull(union, "json");
        if (!union.isObject()) {
            throw misfit(union, "an object");
        }
        return union.get(name);
    }

    /** {@return the members that no method has read, in order} */
    public Map<String, JsonNode> unknown() {
        return unread.isEmpty() ? Map.of() : Collections.unmodifiableMap(unread);
    }

    // ------------------------------------------------------------------ members

    /** {@return a member, read by a function} */
    public <T> T get(String name, Function<JsonNode, T> reader) {
        return read(name, required(name), reader);
    }

    /** {@return a member, read by a function, or null} */
    public <T> @Nullable T find(String name, Function<JsonNode, T> reader) {
        JsonNode value = unread.remove(name);
        return value == null || value.isNull() ? null : read(name, value, reader);
    }

    /** {@return a member that may be a JSON null, read by a function; null only if it is missing} */
    public <T> @Nullable T findWithNull(String name, Function<JsonNode, T> reader) {
        JsonNode value = unread.remove(name);
        return value == null ? null : read(name, value, reader);
    }

    /** {@return a member with a list, whose elements are read by a function} */
    public <T> List<T> list(String name, Function<JsonNode, T> reader) {
        return read(name, required(name), value -> asList(value, reader));
    }

    /** {@return a member with a list, whose elements are read by a function, or null} */
    public <T> @Nullable List<T> findList(String name, Function<JsonNode, T> reader) {
        return find(name, value -> asList(value, reader));
    }

    /** {@return a member with a string} */
    public String string(String name) {
        return get(name, QapiReader::asString);
    }

    /** {@return a member with a string, or null} */
    public @Nullable String findString(String name) {
        return find(name, QapiReader::asString);
    }

    /** {@return a member with a boolean} */
    public boolean bool(String name) {
        return get(name, QapiReader::asBoolean);
    }

    /** {@return a member with a boolean, or null} */
    public @Nullable Boolean findBool(String name) {
        return find(name, QapiReader::asBoolean);
    }

    /** {@return a member with an integer of up to 32 bits} */
    public int int32(String name) {
        return get(name, QapiReader::asInteger);
    }

    /** {@return a member with an integer of up to 32 bits, or null} */
    public @Nullable Integer findInt32(String name) {
        return find(name, QapiReader::asInteger);
    }

    /** {@return a member with an integer of up to 64 bits with a sign} */
    public long int64(String name) {
        return get(name, QapiReader::asLong);
    }

    /** {@return a member with an integer of up to 64 bits with a sign, or null} */
    public @Nullable Long findInt64(String name) {
        return find(name, QapiReader::asLong);
    }

    /** {@return a member with an integer of any size} */
    public BigInteger integer(String name) {
        return get(name, QapiReader::asBigInteger);
    }

    /** {@return a member with an integer of any size, or null} */
    public @Nullable BigInteger findInteger(String name) {
        return find(name, QapiReader::asBigInteger);
    }

    /** {@return a member with a number} */
    public double number(String name) {
        return get(name, QapiReader::asDouble);
    }

    /** {@return a member with a number, or null} */
    public @Nullable Double findNumber(String name) {
        return find(name, QapiReader::asDouble);
    }

    private JsonNode required(String name) {
        JsonNode value = unread.remove(name);
        if (value == null) {
            throw new MisfitException("a member is missing", "/" + name);
        }
        return value;
    }

    private static <T> T read(String step, JsonNode value, Function<JsonNode, T> reader) {
        try {
            return reader.apply(value);
        } catch (MisfitException e) {
            throw e.inside(step);
        }
    }

    // ------------------------------------------------------------------ values

    /** {@return the elements of an array, each read by a function} */
    public static <T> List<T> asList(JsonNode value, Function<JsonNode, T> reader) {
        if (!value.isArray()) {
            throw misfit(value, "a list");
        }
        List<T> elements = new ArrayList<>(value.size());
        for (JsonNode element : value) {
            elements.add(read(String.valueOf(elements.size()), element, reader));
        }
        return Collections.unmodifiableList(elements);
    }

    /** {@return a string} */
    public static String asString(JsonNode value) {
        if (!value.isString()) {
            throw misfit(value, "a string");
        }
        return value.stringValue();
    }

    /** {@return a boolean} */
    public static Boolean asBoolean(JsonNode value) {
        if (!value.isBoolean()) {
            throw misfit(value, "a boolean");
        }
        return value.booleanValue();
    }

    /** {@return an integer of up to 32 bits with a sign} */
    public static Integer asInteger(JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw misfit(value, "an integer of 32 bits");
        }
        return value.intValue();
    }

    /** {@return an integer of up to 64 bits with a sign} */
    public static Long asLong(JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw misfit(value, "an integer of 64 bits with a sign");
        }
        return value.longValue();
    }

    /** {@return an integer of any size} */
    public static BigInteger asBigInteger(JsonNode value) {
        if (!value.isIntegralNumber()) {
            throw misfit(value, "an integer");
        }
        return value.bigIntegerValue();
    }

    /** {@return a finite number} */
    public static Double asDouble(JsonNode value) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw misfit(value, "a finite number");
        }
        return value.doubleValue();
    }

    /** {@return a value of any kind, unchanged} */
    public static JsonNode asAny(JsonNode value) {
        return value;
    }

    private static MisfitException misfit(JsonNode value, String wanted) {
        String kind = value.getNodeType().toString().toLowerCase(Locale.ROOT);
        return new MisfitException(wanted + " is expected, and there is a value of kind " + kind, "");
    }
}
