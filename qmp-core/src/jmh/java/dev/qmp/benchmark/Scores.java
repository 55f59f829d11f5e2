package dev.qmp.benchmark;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What one round has given, by name and parameter. */
public final class Scores {

    private final Map<String, RunResult> results = new HashMap<>();

    private Scores(Collection<RunResult> round) {
        round.forEach(result -> results.put(name(result.getParams()), result));
    }

    /** Runs benchmarks at their full length, each in a JVM of its own. */
    public static Scores measure(String pattern) throws RunnerException {
        return new Scores(new Runner(new OptionsBuilder()
                        .include(pattern)
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(3)
                        .measurementTime(TimeValue.seconds(1))
                        .addProfiler(GCProfiler.class)
                        .build())
                .run());
    }

    /** Runs benchmarks for a moment, in this JVM, to see that they work. */
    public static Collection<RunResult> tryOut(String pattern, String except) throws RunnerException {
        System.setProperty("jmh.ignoreLock", "true"); // other builds may run on this machine
        return new Runner(new OptionsBuilder()
                        .include(pattern)
                        .exclude(except)
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
    }

    private static String name(BenchmarkParams benchmark) {
        String name = benchmark.getBenchmark();
        String simple = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
        return benchmark.getParamsKeys().stream().map(key -> " " + benchmark.getParam(key)).reduce(simple, String::concat);
    }

    /** {@return microseconds for an operation, NaN if it was not run} */
    double score(String name) {
        RunResult result = results.get(name);
        return result == null ? Double.NaN : result.getPrimaryResult().getScore();
    }

    /** {@return bytes for an operation} */
    double allocated(String name) {
        RunResult result = results.get(name);
        return result == null
                ? Double.NaN
                : result.getSecondaryResults().get("gc.alloc.rate.norm").getScore();
    }

    double percentile(double rank) {
        RunResult result = results.get("LatencyBenchmark.blocking");
        return result == null
                ? Double.NaN
                : result.getPrimaryResult().getStatistics().getPercentile(rank);
    }
}
