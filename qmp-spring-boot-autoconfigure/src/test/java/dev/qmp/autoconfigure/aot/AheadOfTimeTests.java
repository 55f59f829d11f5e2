package dev.qmp.autoconfigure.aot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.autoconfigure.QmpAutoConfiguration;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;

/** An application processed ahead of time finds connections that were unknown at build time. */
class AheadOfTimeTests {

    private static final String CLASS_PATH = System.getProperty("java.class.path");

    private static final String NO_WEB = "--spring.main.web-application-type=none";

    @TempDir
    private Path folder;

    @Test
    void namesOfConnectionsNeedNotBeKnownAtBuildTime() throws Exception {
        assertThat(process()).contains("reachability-metadata.json");
        compile();
        String output = java(
                folder.resolve("classes")
                        + File.pathSeparator
                        + folder.resolve("resources")
                        + File.pathSeparator
                        + CLASS_PATH,
                "-Dspring.aot.enabled=true",
                AotApplication.class.getName(),
                NO_WEB,
                "--qmp.connection.run1.address=unix:/tmp/none1.qmp",
                "--qmp.connection.run2.address=unix:/tmp/none2.qmp",
                "--qmp.connection.run2.primary=true");
        assertThat(output)
                .contains("ahead of time: true, connections: [run1, run2], primary: run2, run1 was taken early: true");
    }

    /** The hints that a native image is built with. */
    @Test
    void whatIsBoundByReflectionIsKept() throws Exception {
        process();
        String hints;
        try (Stream<Path> files = Files.walk(folder.resolve("resources"))) {
            hints = Files.readString(files.filter(file -> file.endsWith("reachability-metadata.json"))
                    .findFirst()
                    .orElseThrow());
        }
        assertThat(hints)
                .contains("dev.qmp.spring.QmpConnectionProperties")
                .contains("dev.qmp.spring.QmpReconnectProperties")
                .contains("dev.qmp.spring.QmpSslProperties")
                .contains("dev.qmp.autoconfigure.endpoint.QmpEndpoint$ConnectionDescriptor")
                .contains(AotApplication.class.getName());
    }

    private String process() throws Exception {
        java(
                CLASS_PATH,
                SpringApplicationAotProcessor.class.getName(),
                AotApplication.class.getName(),
                folder.resolve("sources").toString(),
                folder.resolve("resources").toString(),
                folder.resolve("classes").toString(),
                "dev.qmp",
                "aot",
                NO_WEB,
                "--management.endpoints.jmx.exposure.include=qmp",
                "--spring.jmx.enabled=true",
                "--qmp.connection.build.address=unix:/tmp/none.qmp");
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(Path::toString).toList().toString();
        }
    }

    private void compile() throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "-nowarn",
                "-proc:none",
                "-d",
                folder.resolve("classes").toString(),
                "-cp",
                folder.resolve("classes") + File.pathSeparator + CLASS_PATH));
        try (Stream<Path> sources = Files.walk(folder.resolve("sources"))) {
            sources.filter(file -> file.toString().endsWith(".java")).forEach(file -> arguments.add(file.toString()));
        }
        assertThat(arguments).anyMatch(file -> file.contains(QmpAutoConfiguration.class.getSimpleName()));
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
                .isZero();
    }

    private static String java(String classPath, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classPath));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
