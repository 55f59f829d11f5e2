package dev.qmp.autoconfigure.benchmark;

import dev.qmp.benchmark.Scores;
import dev.qmp.benchmark.ServerProcess;
import dev.qmp.benchmark.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.runner.RunnerException;

/** Runs everything several times over, and compares within each round. */
public final class Benchmarks {

    private static final int STARTS_PER_ROUND = 5;

    private Benchmarks() {}

    /** The argument is the number of rounds. */
    public static void main(String[] arguments) throws RunnerException, IOException {
        int count = Integer.parseInt(arguments[0]);
        List<Scores> rounds = new ArrayList<>();
        for (int round = 0; round < count; round++) {
            rounds.add(Scores.measure("dev.qmp.autoconfigure.benchmark"));
        }
        Table table = new Table(rounds);
        String name = "ObservabilityBenchmark.command";
        table.ratio("command with observability", "≤ 1.25 × without", name + "On", name + "Off");
        table.ratio("command and event with observability", "≤ 1.25 × without", name + "WithEventOn", name + "WithEventOff");
        System.out.println(table.markdown());
        startUp(count);
    }

    private static void startUp(int rounds) throws IOException {
        List<Double> more = new ArrayList<>();
        try (ServerProcess server = ServerProcess.forFew()) {
            for (int start = 0; start < rounds * STARTS_PER_ROUND; start++) {
                double[] millis = StartUp.measure(server);
                more.add(millis[0] - millis[1]);
            }
        }
        more.sort(null);
        System.out.printf(
                Locale.ROOT,
                "| start-up with the starter and one connection | ≤ 80 ms more | %.0f ms | %.0f – %.0f ms (quartiles) |%n",
                more.get(more.size() / 2),
                more.get(more.size() / 4),
                more.get(more.size() * 3 / 4));
    }
}
