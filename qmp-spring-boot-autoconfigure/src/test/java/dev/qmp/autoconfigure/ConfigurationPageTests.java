package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The pages of all properties agree with the generated metadata. */
class ConfigurationPageTests {

    private static final Pattern ENTRY = Pattern.compile("(?m)^- `([^`]+)` \\((.*)\\)\\n((?: {2}.*\\n)+)");

    /** An entry of a page. */
    private record Entry(String typeAndDefault, String meaning) {}

    @Test
    void everyPropertyHasOneEntryAndNoOtherHas() throws IOException {
        assertThat(entries().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        ConfigurationMetadataTests.properties().keySet());
    }

    @Test
    void anEntryHasTypeDefaultAndMeaning() throws IOException {
        Map<String, Entry> entries = entries();
        ConfigurationMetadataTests.properties().forEach((name, property) -> {
            Entry entry = entries.get(name);
            assertThat(entry.meaning()).isEqualTo(property.get("description").asString());
            assertThat(entry.typeAndDefault())
                    .as(name)
                    .isEqualTo(typeOf(property) + ", " + defaultOf(property.path("defaultValue")));
        });
    }

    private static String typeOf(JsonNode property) {
        String type = property.get("type").asString().replaceAll("([a-z]+\\.)+", "");
        return type.replaceAll("Map<.*,\\s*(\\w+)>", "Map of $1").replaceAll("(Set|List)<(\\w+)>", "$1 of $2");
    }

    private static String defaultOf(JsonNode value) {
        if (value.isMissingNode()) {
            return "no default";
        }
        String text = value.isArray()
                ? StreamSupport.stream(value.spliterator(), false)
                        .map(JsonNode::asString)
                        .collect(Collectors.joining(", "))
                : value.asString();
        return "default `" + text + "`";
    }

    private static Map<String, Entry> entries() throws IOException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (String page : new String[] {"configuration.md", "limits.md"}) {
            Matcher entry = ENTRY.matcher(Files.readString(Path.of("docs", "operate", page)));
            while (entry.find()) {
                String meaning = entry.group(3).strip().replaceAll("\\s+", " ");
                assertThat(entries.put(entry.group(1), new Entry(entry.group(2), meaning)))
                        .as("a second entry of %s", entry.group(1))
                        .isNull();
            }
        }
        return entries;
    }
}
