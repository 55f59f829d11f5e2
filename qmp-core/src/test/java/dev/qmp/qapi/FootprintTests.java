package dev.qmp.qapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the generated types cost: their part of the jar, and nothing for an application that does not use them. */
class FootprintTests {

    private static final long LIMIT = 2_500_000;

    private static Path root() throws URISyntaxException {
        return Path.of(QapiValue.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    private static List<Path> classes() throws IOException, URISyntaxException {
        try (Stream<Path> files = Files.walk(root().resolve("dev/qmp/qapi"))) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }

    @Test
    void theJarGrowsWithinItsLimit(@TempDir Path folder) throws IOException, URISyntaxException {
        Path jar = folder.resolve("qapi.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            for (Path each : classes()) {
                zip.putNextEntry(new ZipEntry(root().relativize(each).toString()));
                Files.copy(each, zip);
            }
        }
        assertThat(Files.size(jar)).isGreaterThan(100_000).isLessThan(LIMIT);
    }

    @Test
    @Timeout(60)
    void aClientWithoutTypedCommandsLoadsNoneOfThem() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load",
                        "-cp",
                        System.getProperty("java.class.path"),
                        UntypedClient.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("dev.qmp.internal.client.DefaultQmpClient", "executed and heard");
        assertThat(output.lines()
                        .filter(line -> line.contains("dev.qmp.qapi."))
                        .filter(line -> !line.contains(UntypedClient.class.getName())))
                .isEmpty();
    }

    @Test
    void aNativeImageFindsTheEvents() throws IOException {
        JsonNode metadata = JsonMapper.shared()
                .readTree(Path.of("target/generated-resources/qapi/META-INF/native-image/dev.qmp/qmp-core-qapi"
                        + "/reachability-metadata.json"));
        JsonNode facts = JsonMapper.shared().readTree(Path.of("src/codegen/facts.json"));

        assertThat(metadata.path("reflection").valueStream().map(entry -> entry.path("type")
                        .stringValue()))
                .hasSize(facts.path("machine").path("events").size())
                .allSatisfy(type -> assertThat(Class.forName(type)).hasAnnotation(EventName.class));
    }
}
