package dev.qmp.codegen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** What {@code facts.json} holds: the commands, events and types of one program, and the versions that have them. */
record Facts(Map<String, Call> commands, Map<String, Call> events, Map<String, Type> types) {

    /**
     * The first and the last of the known versions that have something.
     *
     * @param since the first version, null if the oldest has it
     * @param until the last version, null if the newest has it
     */
    record Lifetime(String since, String until, List<String> features) {

        boolean isWhole() {
            return since == null && until == null;
        }
    }

    /** An argument, or a member of a struct, union or alternate. */
    record Member(String name, String type, boolean optional, Lifetime lifetime) {

        /** A value is absent if the machine leaves it out, or does not know it. */
        boolean isNullable() {
            return optional || !lifetime.isWhole();
        }
    }

    /** A variant of a union: the value that selects it, and its own members. */
    record Variant(String value, List<Member> members) {}

    enum Kind {
        STRUCT,
        UNION,
        ALTERNATE,
        ENUM
    }

    record Type(
            String name,
            Kind kind,
            Lifetime lifetime,
            List<Member> members,
            String tag,
            List<Variant> variants,
            Map<String, Lifetime> values) {}

    /** A command or an event; its arguments are members, or those of a union. */
    record Call(
            String name,
            Lifetime lifetime,
            List<Member> members,
            String union,
            String returns,
            boolean oob,
            boolean silent) {}

    static Facts read(JsonNode json) {
        return new Facts(
                entities(json.get("commands"), entry -> call(entry.getKey(), entry.getValue())),
                entities(json.get("events"), entry -> call(entry.getKey(), entry.getValue())),
                entities(json.get("types"), entry -> type(entry.getKey(), entry.getValue())));
    }

    private static <T> Map<String, T> entities(JsonNode json, Function<Map.Entry<String, JsonNode>, T> reader) {
        Map<String, T> entities = new LinkedHashMap<>();
        if (json != null) {
            json.properties().forEach(entry -> entities.put(entry.getKey(), reader.apply(entry)));
        }
        return entities;
    }

    private static Call call(String name, JsonNode json) {
        return new Call(
                name,
                lifetime(json),
                members(json.get("members")),
                text(json, "union"),
                text(json, "returns"),
                json.has("oob"),
                json.has("silent"));
    }

    private static Type type(String name, JsonNode json) {
        List<Variant> variants = new ArrayList<>();
        if (json.has("variants")) {
            json.get("variants")
                    .properties()
                    .forEach(entry -> variants.add(
                            new Variant(entry.getKey(), members(entry.getValue().get("members")))));
        }
        return new Type(
                name,
                Kind.valueOf(json.get("kind").stringValue().toUpperCase(java.util.Locale.ROOT)),
                lifetime(json),
                members(json.get("members")),
                text(json, "tag"),
                variants,
                entities(json.get("values"), entry -> lifetime(entry.getValue())));
    }

    private static List<Member> members(JsonNode json) {
        List<Member> members = new ArrayList<>();
        entities(
                json,
                entry -> members.add(new Member(
                        entry.getKey(),
                        entry.getValue().get("type").stringValue(),
                        entry.getValue().has("optional"),
                        lifetime(entry.getValue()))));
        return members;
    }

    private static Lifetime lifetime(JsonNode json) {
        List<String> features = new ArrayList<>();
        if (json.has("features")) {
            json.get("features").forEach(feature -> features.add(feature.stringValue()));
        }
        return new Lifetime(text(json, "since"), text(json, "until"), features);
    }

    private static String text(JsonNode json, String name) {
        return json.has(name) ? json.get(name).stringValue() : null;
    }
}
