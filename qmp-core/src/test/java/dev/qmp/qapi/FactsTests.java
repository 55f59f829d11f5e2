package dev.qmp.qapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The facts against the schemas that real machines have sent. The facts come from another source, so that both have to
 * agree: all that a machine knows is in the facts, and what the facts promise a machine has.
 */
class FactsTests {

    private static final JsonNode FACTS =
            JsonMapper.shared().readTree(Path.of("src/codegen/facts.json")).path("machine");

    /** Types that took the place of a type with more members, which are unknown members now. */
    private static final Set<String> LARGER_ONCE = Set.of("VmdkExtentInfo");

    private final Map<String, JsonNode> recorded = new HashMap<>();
    private final Set<String> seen = new HashSet<>();
    private final Set<String> problems = new TreeSet<>();

    @ParameterizedTest
    @ValueSource(strings = {"5.2", "7.2", "10.0", "11.1"})
    void agreeWithARecordedSchema(String version) throws IOException {
        read(version);

        for (JsonNode entity : recorded.values()) {
            String name = entity.path("name").stringValue();
            switch (entity.path("meta-type").stringValue()) {
                case "command" -> compareCall("commands", name, entity, version);
                case "event" -> compareCall("events", name, entity, version);
                default -> {}
            }
        }

        assertThat(problems).isEmpty();
    }

    @Test
    void areNamesAndNoSentences() {
        Set<String> sentences = new TreeSet<>();
        collectSentences(FACTS, sentences);
        assertThat(sentences).isEmpty();
    }

    private static void collectSentences(JsonNode facts, Set<String> sentences) {
        if (facts.isString() && facts.stringValue().contains(" ")) {
            sentences.add(facts.stringValue());
        }
        facts.propertyNames().stream().filter(name -> name.contains(" ")).forEach(sentences::add);
        facts.forEach(child -> collectSentences(child, sentences));
    }

    private void read(String version) throws IOException {
        try (InputStream file = getClass().getResourceAsStream("/dev/qmp/schema/" + version + ".json.gz")) {
            for (JsonNode entity :
                    JsonMapper.shared().readTree(new GZIPInputStream(file)).path("return")) {
                recorded.put(entity.path("name").stringValue(), entity);
            }
        }
    }

    private void compareCall(String kind, String name, JsonNode entity, String version) {
        JsonNode call = FACTS.path(kind).path(name);
        if (call.isMissingNode() || !isIn(call, version)) {
            problems.add(kind + " " + name + " is not in the facts of " + version);
            return;
        }
        JsonNode arguments = recorded.get(entity.path("arg-type").stringValue());
        if (call.has("union")) {
            // a command whose arguments were free once has none in the old schema
            if (arguments.has("variants")) {
                compareType(name, call.path("union").stringValue(), arguments);
            }
        } else {
            compareMembers(name, call.path("members"), arguments);
        }
        if (kind.equals("commands")) {
            assertThat(call.path("oob").asBoolean(false)
                            || !entity.path("allow-oob").asBoolean(false))
                    .as("out of band: %s", name)
                    .isTrue();
            JsonNode result = recorded.get(entity.path("ret-type").stringValue());
            if (call.has("returns")) {
                compareType(name, call.path("returns").stringValue(), result);
            } else if (!result.path("members").isEmpty()) {
                problems.add(name + " has a result");
            }
        }
    }

    private static boolean isIn(JsonNode facts, String version) {
        List<String> versions = List.of("5.2", "7.2", "10.0", "11.1");
        int at = versions.indexOf(version);
        return (!facts.has("since") || versions.indexOf(facts.path("since").stringValue()) <= at)
                && (!facts.has("until") || versions.indexOf(facts.path("until").stringValue()) >= at);
    }

    private void compareType(String place, String type, JsonNode entity) {
        String kind = entity.path("meta-type").stringValue();
        boolean isList = type.startsWith("[");
        if (isList != kind.equals("array")) {
            problems.add(place + ": " + type + " is a " + kind);
            return;
        }
        if (isList) {
            compareType(
                    place,
                    type.substring(1, type.length() - 1),
                    recorded.get(entity.path("element-type").stringValue()));
            return;
        }
        if (!seen.add(type + " " + entity.path("name").stringValue())) {
            return;
        }
        JsonNode facts = FACTS.path("types").path(type);
        String known = facts.path("kind").asString("builtin");
        switch (kind) {
            case "builtin" ->
                compareBuiltin(place, type, known, entity.path("json-type").stringValue());
            case "enum" -> compareEnum(place, type, known, facts, entity);
            case "alternate" -> compareAlternate(place, type, known, facts, entity);
            default -> {
                if (!known.equals("struct") && !known.equals("union")) {
                    problems.add(place + ": " + type + " is an object");
                    return;
                }
                compareMembers(type, facts.path("members"), entity);
                for (JsonNode variant : entity.path("variants")) {
                    compareVariant(type, facts, variant);
                }
                if (known.equals("union") && !entity.has("variants")) {
                    compareFormerStruct(type, facts, entity);
                }
            }
        }
    }

    private void compareBuiltin(String place, String type, String known, String json) {
        String expected =
                switch (type) {
                    case "str" -> "string";
                    case "bool" -> "boolean";
                    case "any" -> "value";
                    case "number" -> "number";
                    case "null" -> "null";
                    default -> "int";
                };
        // a string can have become an enum, or an alternate that takes strings, too
        if (known.equals("alternate") || (known.equals("enum") && json.equals("string"))) {
            return;
        }
        if (!expected.equals(json) || (expected.equals("int") && !type.matches("u?int(8|16|32|64)?|size"))) {
            problems.add(place + ": " + type + " is a " + json);
        }
    }

    private void compareEnum(String place, String type, String known, JsonNode facts, JsonNode entity) {
        if (!known.equals("enum")) {
            problems.add(place + ": " + type + " is an enum");
            return;
        }
        for (JsonNode value : entity.path("values")) {
            if (!facts.path("values").has(value.stringValue())) {
                problems.add(type + " has a value " + value.stringValue());
            }
        }
    }

    private void compareAlternate(String place, String type, String known, JsonNode facts, JsonNode entity) {
        if (!known.equals("alternate")
                || facts.path("members").size() < entity.path("members").size()) {
            problems.add(place + ": " + type + " is an alternate");
        }
    }

    private void compareVariant(String type, JsonNode facts, JsonNode variant) {
        String value = variant.path("case").stringValue();
        JsonNode members = recorded.get(variant.path("type").stringValue());
        JsonNode known = facts.path("variants").path(value);
        if (known.isMissingNode() && !members.path("members").isEmpty()) {
            problems.add(type + " has a variant " + value);
        } else if (!members.path("members").isEmpty()) {
            compareMembers(type + "/" + value, known.path("members"), members);
        }
    }

    /** A struct that became a union has the discriminator, but no members of variants. */
    private void compareFormerStruct(String type, JsonNode facts, JsonNode entity) {
        boolean hasTag = entity.path("members").valueStream().anyMatch(member -> member.path("name")
                .equals(facts.path("tag")));
        if (hasTag) {
            facts.path("variants").properties().forEach(variant -> required(
                            variant.getValue().path("members"))
                    .forEach(name -> problems.add(type + "/" + variant.getKey() + " has no mandatory member " + name)));
        }
    }

    private static Set<String> required(JsonNode facts) {
        Set<String> required = new TreeSet<>();
        facts.properties().forEach(member -> {
            JsonNode about = member.getValue();
            if (!about.has("optional") && !about.has("since") && !about.has("until")) {
                required.add(member.getKey());
            }
        });
        return required;
    }

    private void compareMembers(String place, JsonNode facts, JsonNode entity) {
        Set<String> required = required(facts);
        for (JsonNode member : entity.path("members")) {
            String name = member.path("name").stringValue();
            JsonNode known = facts.path(name);
            if (known.isMissingNode()) {
                if (!LARGER_ONCE.contains(place)) {
                    problems.add(place + " has a member " + name);
                }
                continue;
            }
            if (!member.has("default")) {
                required.remove(name);
            }
            compareType(
                    place + "." + name,
                    known.path("type").stringValue(),
                    recorded.get(member.path("type").stringValue()));
        }
        required.forEach(name -> problems.add(place + " has no mandatory member " + name));
    }
}
