package dev.qmp.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.Tool;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.RunnerException;

/** That the benchmarks work, at a length that measures nothing. */
class BenchmarksTests {

    @Test
    void allOfThemRun() throws RunnerException {
        String missing = Tool.QEMU.find().isPresent() ? "nothing" : "QemuBenchmark";
        assertThat(Scores.tryOut("dev.qmp.benchmark", missing))
                .hasSizeGreaterThan(10)
                .allMatch(result -> result.getPrimaryResult().getScore() > 0);
    }

    @Test
    void aCrowdIsLostAndComesBack() throws Exception {
        CrowdReport report = CrowdReport.measure(20, Duration.ofMillis(20));
        assertThat(report.perBin().stream().mapToLong(Long::longValue).sum()).isEqualTo(20);
        assertThat(report.eventLoops()).isPositive();
    }
}
