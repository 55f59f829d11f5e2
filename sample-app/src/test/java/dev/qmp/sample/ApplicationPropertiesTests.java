package dev.qmp.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Spring Boot ignores a key that it does not know, without a warning. */
class ApplicationPropertiesTests {

    @Test
    void springBootKnowsEachKeyAndStillReadsIt() throws IOException {
        Map<String, JsonNode> known = known();
        List<PropertySource<?>> sources =
                new YamlPropertySourceLoader().load("application", new ClassPathResource("application.yml"));
        assertThat(sources).isNotEmpty().allSatisfy(source -> assertThat(
                        ((EnumerablePropertySource<?>) source).getPropertyNames())
                .isNotEmpty()
                .allSatisfy(key -> {
                    assertThat(known).containsKey(key);
                    assertThat(known.get(key).path("deprecation").toString())
                            .as("deprecation of %s", key)
                            .isIn("", "null");
                }));
    }

    /** {@return the metadata of all keys, by key} */
    private static Map<String, JsonNode> known() throws IOException {
        Map<String, JsonNode> known = new HashMap<>();
        for (Resource metadata : new PathMatchingResourcePatternResolver()
                .getResources("classpath*:META-INF/spring-configuration-metadata.json")) {
            for (JsonNode key : JsonMapper.shared()
                    .readTree(metadata.getContentAsByteArray())
                    .get("properties")) {
                known.put(key.get("name").stringValue(), key);
            }
        }
        return known;
    }
}
