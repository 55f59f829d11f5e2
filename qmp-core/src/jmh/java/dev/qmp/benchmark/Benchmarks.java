package dev.qmp.benchmark;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.qmp.benchmark.Plot.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.openjdk.jmh.runner.RunnerException;
import org.slf4j.LoggerFactory;

/**
 * Runs everything several times over, and compares within each round: what the machine does besides concerns a case and its
 * rival alike. Writes the table and the plots of the README to {@code target/benchmarks}.
 */
public final class Benchmarks {

    private static final Path OUTPUT = Path.of("target", "benchmarks");
    private static final List<Integer> CONNECTIONS = List.of(1, 100, 10_000);
    private static final List<Integer> SIZES = List.of(262_144, 1_048_576, 8_388_608);

    private Benchmarks() {}

    /** The first argument is the number of rounds, the second, if any, a pattern of what to run. */
    public static void main(String[] arguments) throws RunnerException, IOException {
        Files.createDirectories(OUTPUT);
        ((Logger) LoggerFactory.getLogger("dev.qmp")).setLevel(Level.ERROR); // ten thousand lines would be measured too
        List<Scores> rounds = new ArrayList<>();
        for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
            rounds.add(Scores.measure(arguments.length > 1 ? arguments[1] : "dev.qmp.benchmark"));
            report(new Table(rounds));
        }
        if (arguments.length == 1) {
            plots(new Table(rounds));
            crowd(CrowdReport.measure(10_000, Duration.ofSeconds(10)));
        }
    }

    private static void report(Table table) throws IOException {
        String wire = "CommandBenchmark.wire";
        table.ratio("one after another, chained futures", "≤ 1.3 × the wire", "CommandBenchmark.chained", wire);
        table.ratio(
                "the same, completed on the callback executor (the default)",
                "",
                "CommandBenchmark.chainedOnExecutor",
                wire);
        table.ratio("one after another, blocking", "≤ 2.2 × the wire", "CommandBenchmark.blocking", wire);
        table.row("its 99th percentile", "≤ 3 × its median", "%.1f ×", round -> round.percentile(99) / round.percentile(50));
        table.ratio("64 in flight, rate", "≥ 6 × the wire", wire, "CommandBenchmark.inFlight64");
        table.ratio("8 in flight, rate", "≥ 3 × the wire", wire, "CommandBenchmark.inFlight8");
        table.ratio("events to one listener, rate", "≥ 8 × the wire", wire, "EventBenchmark.events");
        for (int size : SIZES) {
            table.ratio(
                    "reply of " + size / 1024 + " KiB, rate",
                    "≥ 0.7 × readTree",
                    "ReplyBenchmark.readTree " + size,
                    "ReplyBenchmark.reply " + size);
        }
        table.row("memory allocated by a blocking command", "≤ 1200 B", "%.0f B", round ->
                round.allocated("CommandBenchmark.blocking"));
        table.row("by a chained one", "≤ 1200 B", "%.0f B", round -> round.allocated("CommandBenchmark.chained"));
        table.ratio("blocking, real QEMU", "≤ 1.1 × the wire", "QemuBenchmark.blocking", "QemuBenchmark.wire");
        for (int connections : CONNECTIONS.subList(1, CONNECTIONS.size())) {
            table.ratio(
                    "each of " + connections + " connections in turn",
                    "≤ 1.5 × one",
                    "ConnectionsBenchmark.inTurn " + connections,
                    "ConnectionsBenchmark.inTurn 1");
        }
        table.row("(the wire's round trip)", "", "%.1f µs", round -> round.score(wire));
        Files.writeString(OUTPUT.resolve("table.md"), table.markdown());
        System.out.println(table.markdown());
    }

    private static void plots(Table table) throws IOException {
        List<Point> costs = CONNECTIONS.stream()
                .map(count -> new Point(
                        Math.log10(count) + 0.3,
                        table.median(round -> round.score("ConnectionsBenchmark.inTurn " + count)),
                        String.valueOf(count)))
                .toList();
        write("connections", new Plot("One blocking command to each in turn", "connections", "µs per command", costs));
        List<Point> replies = SIZES.stream()
                .map(size -> new Point(
                        size,
                        table.median(round -> round.score("ReplyBenchmark.reply " + size)) / 1000,
                        size < 1 << 20 ? "" : (size >> 20) + " MiB"))
                .toList();
        write("replies", new Plot("Long replies", "size", "ms", replies));
    }

    private static void crowd(CrowdReport crowd) throws IOException {
        String table = String.format(
                Locale.ROOT,
                "%d idle connections: %.1f KiB of heap each, %.2f %% of a core, %d event loops%n"
                        + "all lost at once: back after %d ms; a bare loop of connects and handshakes takes %d ms%n",
                crowd.connections(),
                crowd.idleBytes() / 1024.0,
                100 * crowd.idleCpu(),
                crowd.eventLoops(),
                crowd.returnMillis(),
                crowd.bareMillis());
        Files.writeString(OUTPUT.resolve("crowd.txt"), table);
        System.out.println(table);
        List<Long> bins = crowd.perBin();
        List<Point> points = IntStream.range(0, bins.size())
                .mapToObj(bin -> new Point(
                        bin, bins.get(bin), bin % 10 == 0 ? bin * CrowdReport.BIN.toMillis() + " ms" : ""))
                .toList();
        write(
                "return",
                new Plot(
                        crowd.connections() + " connections come back",
                        "since all were lost",
                        "sessions per " + CrowdReport.BIN.toMillis() + " ms",
                        points));
    }

    private static void write(String name, Plot plot) throws IOException {
        Files.writeString(OUTPUT.resolve(name + ".svg"), plot.svg());
    }
}
