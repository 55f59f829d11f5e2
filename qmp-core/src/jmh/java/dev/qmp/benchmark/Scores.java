package dev.qmp.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What one round has given: a few turns of each rival, by names like {@code "ReplyBenchmark 262144 REPLY"}. */
public final class Scores {

    private static final int WARMUP = 3;
    private static final int MEASURED = 4;
    /** All of it there from the beginning: collections are not to be a matter of how the heap has grown. */
    private static final String[] HEAP = {"-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch"};

    private final Map<String, List<IterationResult>> turns = new HashMap<>();

    /** Runs a benchmark in a JVM of its own, with turns of the given length. */
    public void measure(Class<?> benchmark, Duration turn) throws RunnerException {
        measure(benchmark, turn, new OptionsBuilder());
    }

    /** Runs a benchmark in a JVM of its own for each value of a parameter. */
    public void measure(Class<?> benchmark, Duration turn, String parameter, String... values) throws RunnerException {
        measure(benchmark, turn, new OptionsBuilder().param(parameter, values));
    }

    private void measure(Class<?> benchmark, Duration turn, ChainedOptionsBuilder options) throws RunnerException {
        int rivals = rivals(benchmark).size();
        TimeValue time = TimeValue.milliseconds(turn.toMillis());
        new Runner(options.include("\\." + benchmark.getSimpleName() + "\\.")
                        .forks(1)
                        .jvmArgs(HEAP)
                        .warmupIterations(WARMUP * rivals)
                        .warmupTime(time)
                        .measurementIterations(MEASURED * rivals + 1) // so that each is between two turns of the first
                        .measurementTime(time)
                        .addProfiler(GCProfiler.class)
                        .shouldFailOnError(true)
                        .build())
                .run()
                .forEach(result -> add(benchmark, result));
    }

    private void add(Class<?> benchmark, RunResult run) {
        String name = benchmark.getSimpleName();
        for (String key : run.getParams().getParamsKeys()) {
            name += " " + run.getParams().getParam(key);
        }
        List<String> rivals = rivals(benchmark);
        for (BenchmarkResult fork : run.getBenchmarkResults()) {
            int turn = 0;
            for (IterationResult result : fork.getIterationResults()) {
                turns.computeIfAbsent(name + " " + rivals.get(turn++ % rivals.size()), rival -> new ArrayList<>())
                        .add(result);
            }
        }
    }

    /** Runs a benchmark for a moment, a turn of each rival, in this JVM, to see that it works. */
    public static Collection<RunResult> tryOut(Class<?> benchmark) throws RunnerException {
        System.setProperty("jmh.ignoreLock", "true"); // other builds may run on this machine
        return new Runner(new OptionsBuilder()
                        .include("\\." + benchmark.getSimpleName() + "\\.")
                        .param("connections", "20")
                        .param("size", "262144")
                        .param("match", "WIRE_PROCESS")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(rivals(benchmark).size())
                        .measurementTime(TimeValue.milliseconds(20))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
    }

    private static List<String> rivals(Class<?> benchmark) {
        try {
            Object[] rivals = Class.forName(benchmark.getName() + "$Rival").getEnumConstants();
            return Arrays.stream(rivals).map(Object::toString).toList();
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(benchmark + " has no rivals", e);
        }
    }

    // ------------------------------------------------------------------ NaN for what was not run

    /** {@return microseconds for an operation: the median of the turns} */
    double score(String name) {
        return median(each(name, Scores::score));
    }

    /**
     * {@return how many times the rival's time it takes: the median of its turns, each against the rival's around it}
     */
    double ratio(String name, String rival) {
        double[] ours = each(name, Scores::score);
        double[] theirs = each(rival, Scores::score);
        return median(IntStream.range(0, ours.length)
                .mapToDouble(turn -> 2 * ours[turn] / (theirs[turn] + theirs[Math.min(turn + 1, theirs.length - 1)]))
                .toArray());
    }

    /** {@return bytes for an operation} */
    double allocated(String name) {
        return median(each(
                name,
                turn -> turn.getSecondaryResults().get("gc.alloc.rate.norm").getScore()));
    }

    /** {@return microseconds that so many of a hundred operations take at the most, in an ordinary turn} */
    double percentile(String name, double rank) {
        return median(each(name, turn -> turn.getPrimaryResult().getStatistics().getPercentile(rank)));
    }

    /** Of operations that are timed one by one the median: it does not mind a single one that took long. */
    private static double score(IterationResult turn) {
        return turn.getBenchmarkParams().getMode() == Mode.SampleTime
                ? turn.getPrimaryResult().getStatistics().getPercentile(50)
                : turn.getPrimaryResult().getScore();
    }

    private double[] each(String name, ToDoubleFunction<IterationResult> value) {
        return turns.getOrDefault(name, List.of()).stream().mapToDouble(value).toArray();
    }

    private static double median(double[] values) {
        double[] sorted = Arrays.stream(values).sorted().toArray();
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
