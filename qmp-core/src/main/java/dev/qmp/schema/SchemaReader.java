package dev.qmp.schema;

import dev.qmp.error.MappingException;
import dev.qmp.error.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the reply to {@code query-qmp-schema} (QAPI schema, {@code SchemaInfo}). A type may refer to a later one, so
 * all types are created first and completed afterwards; commands and events come last. Entities and members that a
 * later QEMU may add are ignored.
 */
final class SchemaReader {

    /** How deep variants may nest. Unions that are variants of others nest once or twice in QEMU's schemas. */
    private static final int MAX_NESTING = 8;

    private final Map<String, JsonNode> entries = new LinkedHashMap<>();
    private final Map<String, SchemaType> types = new HashMap<>();
    private final Map<String, String> strings = new HashMap<>();
    private final Map<String, Integer> nestings = new HashMap<>();
    private final Map<String, SchemaCommand> commands = new TreeMap<>();
    private final Map<String, SchemaEvent> events = new TreeMap<>();

    private SchemaReader() {}

    static QmpSchema read(JsonNode reply) {
        if (!reply.isArray()) {
            throw malformed("the reply to query-qmp-schema is no array");
        }
        SchemaReader reader = new SchemaReader();
        for (JsonNode entry : reply) {
            reader.entries.put(text(entry, "name"), entry);
        }
        reader.entries.forEach(reader::create);
        reader.entries.forEach(reader::complete);
        reader.entries.keySet().forEach(name -> reader.nesting(name, new HashSet<>()));
        reader.entries.forEach(reader::addCommandOrEvent);
        return new QmpSchema(Collections.unmodifiableMap(reader.commands), Collections.unmodifiableMap(reader.events));
    }

    private void create(String name, JsonNode entry) {
        SchemaType type =
                switch (text(entry, "meta-type")) {
                    case "builtin" -> builtin(entry);
                    case "enum" -> new EnumType(values(entry));
                    case "array" -> new ArrayType();
                    case "object" -> new ObjectType();
                    case "alternate" -> new AlternateType();
                    default -> null;
                };
        if (type != null) {
            types.put(name, type);
        }
    }

    private static SchemaType builtin(JsonNode entry) {
        BuiltinType type = BuiltinType.of(text(entry, "json-type"));
        return type == null ? BuiltinType.VALUE : type;
    }

    /** Enums have the member {@code members} since QEMU 6.2, and {@code values} before. */
    private Map<String, Set<String>> values(JsonNode entry) {
        Map<String, Set<String>> values = new LinkedHashMap<>();
        JsonNode members = entry.path("members");
        if (members.isArray()) {
            members.forEach(member -> values.put(shared(text(member, "name")), features(member)));
        } else {
            entry.path("values").forEach(value -> values.put(shared(value.asString()), Set.of()));
        }
        return values;
    }

    private void complete(String name, JsonNode entry) {
        SchemaType type = types.get(name);
        if (type instanceof ArrayType array) {
            array.define(type(text(entry, "element-type")));
        } else if (type instanceof ObjectType object) {
            object.define(members(entry), optionalText(entry, "tag"), variants(entry));
        } else if (type instanceof AlternateType alternate) {
            List<SchemaType> choices = new ArrayList<>();
            entry.path("members").forEach(member -> choices.add(type(text(member, "type"))));
            alternate.define(List.copyOf(choices));
        }
    }

    /**
     * {@return how deep the variants of a union nest, or the alternates that are choices of an alternate} A type that
     * contains itself in this way describes no value, and a check of a value would not end. A type that contains itself
     * by a member, or by an array, is legal.
     *
     * @param outer the types that contain this one
     */
    private int nesting(String name, Set<String> outer) {
        Integer known = nestings.get(name);
        if (known != null) {
            return known;
        }
        if (!outer.add(name)) {
            throw malformed("type " + Text.printable(name) + " of the schema contains itself");
        }
        int nesting = 0;
        boolean isTooDeep = outer.size() > MAX_NESTING + 1; // it contains this type, too
        if (!isTooDeep) {
            for (String part : parts(name)) {
                nesting = Math.max(nesting, nesting(part, outer) + 1);
            }
        }
        if (isTooDeep || nesting > MAX_NESTING) {
            throw malformed("the variants of type " + Text.printable(name) + " of the schema nest too deep");
        }
        outer.remove(name);
        nestings.put(name, nesting);
        return nesting;
    }

    /** {@return the types of a type's variants or choices; empty if it is neither a union nor an alternate} */
    private List<String> parts(String name) {
        JsonNode entry = entries.get(name);
        SchemaType type = types.get(name);
        List<String> parts = new ArrayList<>();
        if (entry != null && (type instanceof ObjectType || type instanceof AlternateType)) {
            entry.path(type instanceof ObjectType ? "variants" : "members")
                    .forEach(part -> parts.add(text(part, "type")));
        }
        return parts;
    }

    private void addCommandOrEvent(String name, JsonNode entry) {
        if (text(entry, "meta-type").equals("command")) {
            commands.put(name, command(name, entry));
        } else if (text(entry, "meta-type").equals("event")) {
            events.put(name, new SchemaEvent(name, object(text(entry, "arg-type")), features(entry)));
        }
    }

    private SchemaCommand command(String name, JsonNode entry) {
        ObjectType arguments = object(text(entry, "arg-type"));
        return new SchemaCommand(
                name,
                arguments,
                type(text(entry, "ret-type")),
                entry.path("allow-oob").asBoolean(false),
                isOpen(name, arguments),
                features(entry));
    }

    /**
     * The schema does not mark the commands that pass on arguments which it does not describe. In all versions from 5.2
     * it is {@code device_add}, and {@code object-add} before 6.0, when it became a union.
     */
    private static boolean isOpen(String name, ObjectType arguments) {
        return name.equals("device_add")
                || (name.equals("object-add") && arguments.tag().isEmpty());
    }

    private Map<String, SchemaMember> members(JsonNode entry) {
        Map<String, SchemaMember> members = new HashMap<>();
        for (JsonNode member : entry.path("members")) {
            String name = shared(text(member, "name"));
            // an optional member has a default; QEMU reports null for each
            members.put(
                    name, new SchemaMember(name, type(text(member, "type")), member.has("default"), features(member)));
        }
        return Map.copyOf(members);
    }

    private Map<String, ObjectType> variants(JsonNode entry) {
        Map<String, ObjectType> variants = new HashMap<>();
        entry.path("variants").forEach(variant -> {
            ObjectType type = object(text(variant, "type"));
            variants.put(shared(text(variant, "case")), type);
        });
        return Map.copyOf(variants);
    }

    private Set<String> features(JsonNode entry) {
        JsonNode features = entry.path("features");
        if (features.isEmpty()) {
            return Set.of();
        }
        Set<String> names = new TreeSet<>();
        features.forEach(feature -> names.add(shared(feature.asString())));
        return Collections.unmodifiableSet(names);
    }

    private ObjectType object(String name) {
        if (type(name) instanceof ObjectType object) {
            return object;
        }
        throw malformed("type " + Text.printable(name) + " of the schema is no object");
    }

    private SchemaType type(String name) {
        SchemaType type = types.get(name);
        if (type == null) {
            throw malformed("the schema refers to a type " + Text.printable(name) + " that it does not contain");
        }
        return type;
    }

    /** Most names occur many times. One string for all of them takes a third off the memory of a schema. */
    private String shared(String text) {
        return strings.computeIfAbsent(text, same -> same);
    }

    private static String text(JsonNode entry, String member) {
        String text = optionalText(entry, member);
        if (text == null) {
            throw malformed("an entry of the schema has no string " + member);
        }
        return text;
    }

    private static @Nullable String optionalText(JsonNode entry, String member) {
        JsonNode value = entry.get(member);
        return value != null && value.isString() ? value.stringValue() : null;
    }

    private static MappingException malformed(String text) {
        return new MappingException(text, null);
    }
}
