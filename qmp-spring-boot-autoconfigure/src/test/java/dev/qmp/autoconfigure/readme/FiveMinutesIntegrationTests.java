package dev.qmp.autoconfigure.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.message.QmpEvent;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The five minutes of the README, in a process of their own: with the starter alone, and with a web server. */
class FiveMinutesIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int TERMINATED = 128 + 15;
    /** What the starter does not bring. */
    private static final Pattern NOT_OF_THE_STARTER = Pattern.compile(
            "(spring-boot-(?!\\d|autoconfigure|starter-\\d|starter-logging)|spring-web|spring-test|tomcat|jakarta\\.servlet|"
                    + "micrometer-registry|micrometer-core|prometheus|junit|mockito|assertj|archunit|jmh).*\\.jar");

    @TempDir
    private Path folder;

    private final TestMonitor monitor = TestMonitor.started();
    private Process process;

    @AfterEach
    void close() {
        if (process != null) {
            process.destroyForcibly();
        }
        monitor.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void input29TheApplicationOfTheReadmeHearsItsMachineUntilItIsTerminated(boolean web) throws Exception {
        start(web, "--server.port=0");
        Awaitility.await()
                .atMost(SOON)
                .until(() -> monitor.server().hasClient() && log().contains("Started Application"));
        monitor.server().emit(QmpEvent.of("STOP"));
        Awaitility.await().atMost(SOON).until(() -> log().contains("vm1: STOP"));
        assertThat(log().contains("Tomcat")).isEqualTo(web);
        assertThat(process.isAlive()).isTrue();
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(TERMINATED);
        Awaitility.await().until(() -> !monitor.server().hasClient());
    }

    @Test
    void input29ABatchEndsByItself() throws Exception {
        start(false, "--qmp.keep-alive=false");
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(log()).contains("Started Application");
    }

    private void start(boolean web, String argument) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(web),
                "dev.qmp.autoconfigure.readme.Application",
                "--qmp.connection.vm1.address=" + monitor.address(),
                "--logging.level.root=info", // the tests' own log configuration is quieter
                argument));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    private static String classPath(boolean web) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> web
                        || !NOT_OF_THE_STARTER
                                .matcher(Path.of(entry).getFileName().toString())
                                .matches())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }
}
