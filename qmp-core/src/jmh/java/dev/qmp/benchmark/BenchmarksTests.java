package dev.qmp.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.RequiresQemu;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.runner.RunnerException;

/** That the benchmarks work, at a length that measures nothing. */
class BenchmarksTests {

    @ParameterizedTest
    @ValueSource(
            classes = {
                CommandBenchmark.class,
                LatencyBenchmark.class,
                EventBenchmark.class,
                ReplyBenchmark.class,
                ConnectionsBenchmark.class
            })
    void allOfThemRun(Class<?> benchmark) throws RunnerException {
        assertThat(Scores.tryOut(benchmark))
                .isNotEmpty()
                .allMatch(result -> result.getPrimaryResult().getScore() > 0);
    }

    @Test
    @RequiresQemu
    void theOneWithARealMachineRuns() throws RunnerException {
        assertThat(Scores.tryOut(QemuBenchmark.class)).hasSize(1);
    }

    /** Its short form is the wire in a process of its own, the rival that needs no installation. */
    @Test
    @RequiresQemu
    void theOneWithRivalsRuns() throws RunnerException {
        assertThat(Scores.tryOut(RivalBenchmark.class)).isNotEmpty();
    }

    @Test
    void aCrowdIsLostAndComesBack() throws Exception {
        CrowdReport report = CrowdReport.measure(20, Duration.ofMillis(20));
        assertThat(report.sessions().stream().mapToLong(Long::longValue).sum()).isEqualTo(20);
        assertThat(report.attempts().stream().mapToLong(Long::longValue).sum()).isGreaterThanOrEqualTo(20);
        assertThat(report.eventLoops()).isPositive();
    }

    @Test
    void aCrowdWithinTheJvmIsLostAndComesBack() {
        Duration brief = Duration.ofMillis(20);
        ScaleReport report =
                ScaleReport.measure(20, List.of(1, 20), new ScaleReport.Times(brief, brief, Duration.ofMillis(300)));
        assertThat(report.lost().allAttempts()).isGreaterThanOrEqualTo(20);
        assertThat(report.away().allAttempts()).isGreaterThanOrEqualTo(20);
        assertThat(report.busy()).hasSize(2);
        assertThat(report.bareBusy()).hasSize(2);
        assertThat(report.lostLines()).isPositive();
    }
}
