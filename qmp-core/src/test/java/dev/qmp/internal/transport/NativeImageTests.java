package dev.qmp.internal.transport;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.AccessibleObject;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The metadata of the core for native images: little, and all in one file that moves with the code. */
class NativeImageTests {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.qmp");

    @Test
    void everyNamedTypeExists() {
        assertThat(entries()).isNotEmpty().allSatisfy(entry -> {
            assertExists(entry.path("type").asString());
            if (entry.has("condition")) {
                assertExists(entry.path("condition").path("typeReached").asString());
            }
        });
    }

    private static void assertExists(String type) {
        assertThatCode(() -> Class.forName(type, false, NativeImageTests.class.getClassLoader()))
                .doesNotThrowAnyException();
    }

    /** Netty looks at a handler's methods, and leaves out those that only pass on. */
    @Test
    void everyNettyHandlerIsNamed() {
        List<String> handlers = CLASSES.stream()
                .filter(type -> type.isAssignableTo(ChannelHandler.class))
                .map(JavaClass::getName)
                .toList();
        assertThat(handlers).isNotEmpty();
        assertThat(entries().stream()
                        .filter(entry -> entry.path("allPublicMethods").asBoolean(false))
                        .map(entry -> entry.path("type").asString()))
                .containsExactlyInAnyOrderElementsOf(handlers);
    }

    @Test
    void nothingElseIsLookedUpByName() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(FileDescriptorLibrary.class.getName())
                .should()
                .callMethod(Class.class, "forName", String.class)
                .orShould()
                .callMethod(ClassLoader.class, "loadClass", String.class)
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(AccessibleObject.class, ServiceLoader.class, MethodHandles.Lookup.class)
                .because("a native image would not know of it")
                .check(CLASSES);
    }

    /** The recorded schemas are the only resources; {@code dev.qmp.schema.RecordedSchemas} reads them. */
    @Test
    void noOtherClassReadsResources() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.qmp.schema.RecordedSchemas")
                .should()
                .callMethod(Class.class, "getResourceAsStream", String.class)
                .because("a native image contains only the resources that its metadata names")
                .check(CLASSES);
        assertThat(metadata().path("resources"))
                .singleElement()
                .extracting(resource -> resource.path("glob").asString())
                .isEqualTo("dev/qmp/schema/*.json.gz");
    }

    private static List<JsonNode> entries() {
        return metadata().path("reflection").valueStream().toList();
    }

    private static JsonNode metadata() {
        try (InputStream json = NativeImageTests.class.getResourceAsStream(
                "/META-INF/native-image/dev.qmp/qmp-core/reachability-metadata.json")) {
            return new JsonMapper().readTree(json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
