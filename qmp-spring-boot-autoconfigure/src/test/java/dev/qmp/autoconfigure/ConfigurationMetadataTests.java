package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.ConnectMode;
import dev.qmp.IdentityPolicy;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.QmpClientOptions;
import dev.qmp.spring.QmpConnectionProperties;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The generated metadata is what a user sees of the properties while writing them. */
class ConfigurationMetadataTests {

    /** Why a setter of the builder has no key of its name. */
    private static final Map<String, String> WITHOUT_KEY = Map.of(
            "name", "it is a part of the key",
            "guestAgent", "qmp.defaults.protocol",
            "tls", "qmp.defaults.ssl",
            "reconnect", "qmp.defaults.reconnect",
            "commandPolicy", "qmp.defaults.commands",
            "eventLoops", "an object of the application",
            "callbackExecutor", "an object of the application",
            "commandObserver", "a bean of the application",
            "taskObserver", "a bean of the application");

    @Test
    void everySetterOfTheBuilderHasAKeyOrAReason() throws IOException {
        Set<String> setters = Arrays.stream(QmpClientBuilder.class.getMethods())
                .filter(method -> method.getReturnType() == QmpClientBuilder.class)
                .map(Method::getName)
                .collect(Collectors.toSet());
        assertThat(setters).containsAll(WITHOUT_KEY.keySet());
        setters.removeAll(WITHOUT_KEY.keySet());
        assertThat(properties().keySet())
                .containsAll(setters.stream()
                        .map(setter -> "qmp.defaults." + DataObjectPropertyName.toDashedForm(setter))
                        .toList());
    }

    /** A configuration that has all defaults as values configures what an empty one does. */
    @Test
    void theDefaultsAreThoseOfTheLibrary() throws IOException {
        QmpConnectionSettings untouched = settings(new QmpConnectionProperties());
        QmpConnectionSettings written = settings(defaults());
        assertThat(written.isPrimary()).isEqualTo(untouched.isPrimary());
        assertThat(written.isAutoStartup()).isEqualTo(untouched.isAutoStartup());
        assertThat(written.isFailFast()).isEqualTo(untouched.isFailFast());
        assertThat(options(written)).usingRecursiveComparison().isEqualTo(options(untouched));
    }

    /** {@return properties with all values that the metadata states as defaults} */
    private static QmpConnectionProperties defaults() throws IOException {
        Map<String, String> values = new HashMap<>();
        properties().forEach((name, property) -> {
            if (property.has("defaultValue")) {
                values.put(name, property.get("defaultValue").asString(""));
            }
        });
        return new Binder(new MapConfigurationPropertySource(values))
                .bind("qmp.defaults", QmpConnectionProperties.class)
                .get();
    }

    private static QmpConnectionSettings settings(QmpConnectionProperties defaults) {
        return new QmpConnectionSettings(
                "vm1", QmpConnectionProperties.ofAddress("unix:/nowhere"), defaults, null, null);
    }

    private static QmpClientOptions options(QmpConnectionSettings settings) {
        QmpClientBuilder builder = QmpClient.builder(settings.endpoint());
        settings.applyTo(builder);
        try (QmpClient client = builder.build()) {
            return client.options();
        }
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
