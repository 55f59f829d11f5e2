package dev.qmp.autoconfigure.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.benchmark.Scores;
import dev.qmp.benchmark.ServerProcess;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.RunnerException;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/** That the benchmarks work, at a length that measures nothing. */
class BenchmarksTests {

    /** The measured applications lower the log level, and the tests that follow in this JVM would keep it. */
    @AfterAll
    static void letOthersSayMore() {
        LoggingSystem.get(BenchmarksTests.class.getClassLoader())
                .setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.INFO);
    }

    @Test
    void allOfThemRun() throws RunnerException {
        assertThat(Scores.tryOut(ObservabilityBenchmark.class)).hasSize(1);
    }

    @Test
    void theApplicationStartsWithAndWithoutTheStarter() throws IOException {
        try (ServerProcess server = ServerProcess.forFew()) {
            assertThat(StartUpPairs.measure(
                                    "start", "less", 1, () -> StartUp.smallWithStarter(server.socket()), StartUp::small)
                            .markdown())
                    .matches("(?s)\\| start \\| less \\| -?\\d+ ms .*\\| -?\\d+ ms .*");
        }
    }
}
