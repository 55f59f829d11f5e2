package dev.qmp.benchmark;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/** What one round has given, by name and parameter. */
final class Scores {

    private final Map<String, RunResult> results = new HashMap<>();

    Scores(Collection<RunResult> round) {
        round.forEach(result -> results.put(name(result.getParams()), result));
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
