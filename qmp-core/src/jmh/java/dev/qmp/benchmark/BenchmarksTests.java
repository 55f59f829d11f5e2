package dev.qmp.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.Tool;
import java.time.Duration;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** That the benchmarks work, at a length that measures nothing. */
class BenchmarksTests {

    @Test
    void allOfThemRun() throws RunnerException {
        System.setProperty("jmh.ignoreLock", "true");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("dev.qmp.benchmark")
                        .exclude(Tool.QEMU.find().isPresent() ? "nothing" : "QemuBenchmark")
                        .param("connections", "1", "20")
                        .param("size", "262144")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(20))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        assertThat(results).allMatch(result -> result.getPrimaryResult().getScore() > 0).hasSizeGreaterThan(10);
    }

    @Test
    void aCrowdIsLostAndComesBack() throws Exception {
        CrowdReport report = CrowdReport.measure(20, Duration.ofMillis(20));
        assertThat(report.perBin().stream().mapToLong(Long::longValue).sum()).isEqualTo(20);
        assertThat(report.eventLoops()).isEqualTo(2);
    }
}
