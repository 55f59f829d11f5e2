package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.ConnectMode;
import dev.qmp.IdentityPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The generated metadata is what a user sees of the properties while writing them. */
class ConfigurationMetadataTests {

    private static final String[] DOCUMENTED = {
        "qmp.defaults.address",
        "qmp.defaults.mode",
        "qmp.defaults.ssl.bundle",
        "qmp.defaults.ssl.enabled",
        "qmp.defaults.primary",
        "qmp.defaults.auto-startup",
        "qmp.defaults.fail-fast",
        "qmp.defaults.connect-timeout",
        "qmp.defaults.handshake-timeout",
        "qmp.defaults.command-timeout",
        "qmp.defaults.disconnect-timeout",
        "qmp.defaults.liveness-timeout",
        "qmp.defaults.identity-policy",
        "qmp.defaults.reconnect.enabled",
        "qmp.defaults.reconnect.initial-delay",
        "qmp.defaults.reconnect.multiplier",
        "qmp.defaults.reconnect.jitter",
        "qmp.defaults.reconnect.max-delay",
        "qmp.defaults.out-of-band",
        "qmp.defaults.max-in-flight",
        "qmp.defaults.queue-capacity",
        "qmp.defaults.event-capacity",
        "qmp.defaults.max-message-size",
        "qmp.defaults.max-command-size",
        "qmp.connection",
        "qmp.discovery.directory",
        "management.health.qmp.enabled",
    };

    @Test
    void everyDocumentedKeyIsThere() throws IOException {
        assertThat(properties()).containsKeys(DOCUMENTED);
    }

    @Test
    void everyKeyHasTypeAndDescription() throws IOException {
        assertThat(properties()).allSatisfy((name, property) -> {
            assertThat(property.path("type").asString("")).isNotBlank();
            assertThat(property.path("description").asString(""))
                    .isNotBlank()
                    .endsWith(".")
                    .doesNotStartWith("The ")
                    .doesNotStartWith("A ");
        });
    }

    @Test
    void everyKeyHasADefaultThatCanHaveOne() throws IOException {
        Map<String, JsonNode> properties = properties();
        properties
                .keySet()
                .removeIf(name -> name.equals("qmp.connection")
                        || name.equals("qmp.defaults.address")
                        || name.startsWith("qmp.defaults.commands.")
                        || name.startsWith("qmp.defaults.ssl.")
                        || name.equals("management.endpoint.qmp.roles")
                        || name.equals("qmp.health.guest-status.down")
                        || name.equals("qmp.discovery.directory")
                        || name.equals("qmp.defaults.reachable-from")
                        || name.equals("qmp.fleet.labels")
                        || name.equals("qmp.keep-alive"));
        assertThat(properties).allSatisfy((name, property) -> assertThat(property.has("defaultValue"))
                .isTrue());
        assertThat(properties
                        .get("qmp.defaults.command-timeout")
                        .get("defaultValue")
                        .asString())
                .isEqualTo("60s");
    }

    @Test
    void keysWithFewOrUnusualValuesHaveHints() throws IOException {
        assertThat(hints())
                .containsKeys(
                        "qmp.connection.keys",
                        "qmp.defaults.address",
                        "qmp.defaults.liveness-timeout",
                        "qmp.health.guest-status.down");
        assertThat(hints().get("qmp.defaults.identity-policy"))
                .containsExactlyInAnyOrder(namesOf(IdentityPolicy.class));
        assertThat(hints().get("qmp.defaults.mode")).containsExactlyInAnyOrder(namesOf(ConnectMode.class));
    }

    @Test
    void everyHintIsOfAKeyThatThereIs() throws IOException {
        assertThat(properties().keySet())
                .containsAll(hints().keySet().stream()
                        .map(name -> name.replaceFirst("\\.(keys|values)$", ""))
                        .toList());
    }

    private static String[] namesOf(Class<? extends Enum<?>> type) {
        return Stream.of(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .toArray(String[]::new);
    }

    /** {@return the values that an editor suggests, by key} */
    private static Map<String, List<String>> hints() throws IOException {
        return StreamSupport.stream(metadata().get("hints").spliterator(), false)
                .collect(Collectors.toMap(hint -> hint.get("name").asString(), hint -> StreamSupport.stream(
                                hint.path("values").spliterator(), false)
                        .map(value -> value.get("value").asString())
                        .toList()));
    }

    static Map<String, JsonNode> properties() throws IOException {
        Map<String, JsonNode> properties = new LinkedHashMap<>();
        StreamSupport.stream(metadata().get("properties").spliterator(), false)
                .forEach(property -> properties.put(property.get("name").asString(), property));
        return properties;
    }

    private static JsonNode metadata() throws IOException {
        // of this module's classes: dependencies have files of the same name
        String own = QmpProperties.class.getProtectionDomain().getCodeSource().getLocation()
                + "META-INF/spring-configuration-metadata.json";
        try (InputStream json = URI.create(own).toURL().openStream()) {
            return JsonMapper.shared().readTree(json);
        }
    }
}
