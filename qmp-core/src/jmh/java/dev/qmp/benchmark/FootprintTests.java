package dev.qmp.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a command and a connection at rest cost in memory, in a JVM of its own. Its compiler leaves no object out, so
 * that the numbers are those of the code.
 */
@Timeout(120)
class FootprintTests {

    /** Measured: 537 to 587; on JDK 25, 612 to 650. */
    private static final long COMMAND_BYTES = 670;

    /** Measured: 4209 to 4277. */
    private static final long IDLE_BYTES = 4300;

    @Test
    @DisplayName("a blocking command and an idle connection cost no more memory than stated, with a margin")
    void footprint() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        java,
                        "-XX:+UseSerialGC",
                        "-Xmx512m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dio.netty.leakDetection.level=disabled",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Footprint.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String[] numbers = printed.lines()
                .filter(line -> line.startsWith(Footprint.PRINTED))
                .findFirst()
                .orElseThrow(() -> new AssertionError(printed))
                .substring(Footprint.PRINTED.length())
                .split(" ", 2);

        assertThat(Long.parseLong(numbers[0])).as("bytes of a command").isBetween(1L, COMMAND_BYTES);
        assertThat(Long.parseLong(numbers[1])).as("bytes of an idle connection").isBetween(1L, IDLE_BYTES);
    }
}
