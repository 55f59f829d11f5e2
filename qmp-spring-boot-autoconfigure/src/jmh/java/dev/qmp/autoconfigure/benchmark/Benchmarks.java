package dev.qmp.autoconfigure.benchmark;

import dev.qmp.benchmark.Scores;
import dev.qmp.benchmark.ServerProcess;
import dev.qmp.benchmark.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.openjdk.jmh.runner.RunnerException;

/** Runs everything several times over, and compares within each round. */
public final class Benchmarks {

    private static final int STARTS_PER_ROUND = 5;
    private static final int FLEET = 1000;

    private Benchmarks() {}

    /** The argument is the number of rounds. */
    public static void main(String[] arguments) throws RunnerException, IOException {
        int count = Integer.parseInt(arguments[0]);
        List<Scores> rounds = new ArrayList<>();
        for (int round = 0; round < count; round++) {
            Scores scores = new Scores();
            scores.measure(ObservabilityBenchmark.class, Duration.ofSeconds(1));
            rounds.add(scores);
        }
        Table table = new Table(rounds);
        String name = "ObservabilityBenchmark ";
        table.ratio("command with observability", "≤ 1.25 × without", name + "COMMAND_ON", name + "COMMAND_OFF");
        table.ratio("command and event with observability", "≤ 1.25 × without", name + "EVENT_ON", name + "EVENT_OFF");
        System.out.println(table.markdown());
        startUp(count);
        fleet(count);
    }

    private static void startUp(int rounds) throws IOException {
        try (ServerProcess server = ServerProcess.forFew()) {
            Measurement more = () -> StartUp.measure(server);
            print("start-up with the starter and one connection", "≤ 80 ms more", more, rounds);
        }
    }

    private static void fleet(int rounds) throws IOException {
        Path configuration = Files.createTempFile("fleet", ".properties");
        try {
            Files.write(
                    configuration,
                    IntStream.range(0, FLEET)
                            .mapToObj(vm -> "qmp.connection.vm%d.address=unix:/nowhere/vm%d.qmp".formatted(vm, vm))
                            .toList());
            Measurement warm = () -> StartUp.measureWarmFleet(configuration);
            warm.run(); // the first loads the classes
            print("start with 1000 connections, in a JVM that runs", "≤ 500 ms more", warm, rounds);
            print("the same, in a JVM of its own", "", () -> StartUp.measureFleet(configuration), rounds);
        } finally {
            Files.delete(configuration);
        }
    }

    private static void print(String what, String target, Measurement measurement, int rounds) throws IOException {
        List<Double> more = new ArrayList<>();
        for (int start = 0; start < rounds * STARTS_PER_ROUND; start++) {
            double[] millis = measurement.run();
            more.add(millis[0] - millis[1]);
        }
        more.sort(null);
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.0f ms | %.0f – %.0f ms (quartiles) |%n",
                what,
                target,
                more.get(more.size() / 2),
                more.get(more.size() / 4),
                more.get(more.size() * 3 / 4));
    }

    /** Two times in milliseconds: what is measured, and the same without it. */
    private interface Measurement {

        double[] run() throws IOException;
    }
}
