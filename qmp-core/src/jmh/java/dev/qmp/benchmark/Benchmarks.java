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
 * Runs everything several times over, each time in JVMs of its own, within which a case and its rival take turns.
 * Writes the table and the plots of the README to {@code target/benchmarks}.
 */
public final class Benchmarks {

    private static final Path OUTPUT = Path.of("target", "benchmarks");
    private static final String WIRE = "CommandBenchmark WIRE";
    private static final String CROWD = "ConnectionsBenchmark 10000 ";
    private static final List<Integer> SIZES = List.of(262_144, 1_048_576, 8_388_608);
    private static final Duration TURN = Duration.ofMillis(300);
    /** Until the compiler is done with what takes a round trip of 300 µs, and the threads stay on their processors. */
    private static final Duration STEADY_TURN = Duration.ofSeconds(2);

    /** Until the compiler is done with what takes a millisecond; and some thirty of the longest replies. */
    private static final Duration REPLY_TURN = Duration.ofSeconds(1);

    private Benchmarks() {}

    /** The argument is the number of rounds. */
    public static void main(String[] arguments) throws RunnerException, IOException {
        Files.createDirectories(OUTPUT);
        ((Logger) LoggerFactory.getLogger("dev.qmp")).setLevel(Level.ERROR); // ten thousand lines would be measured too
        List<Scores> rounds = new ArrayList<>();
        for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
            rounds.add(measure());
            report(rounds);
        }
        plots(new Table(rounds));
        crowd(CrowdReport.measure(10_000, Duration.ofSeconds(10)));
    }

    private static Scores measure() throws RunnerException {
        Scores round = new Scores();
        round.measure(CommandBenchmark.class, TURN);
        round.measure(LatencyBenchmark.class, STEADY_TURN);
        round.measure(EventBenchmark.class, TURN);
        round.measure(ReplyBenchmark.class, REPLY_TURN, "size", "262144", "1048576", "8388608");
        round.measure(QemuBenchmark.class, STEADY_TURN);
        round.measure(ConnectionsBenchmark.class, TURN);
        return round;
    }

    private static void report(List<Scores> rounds) throws IOException {
        Table table = new Table(rounds);
        commands(table);
        replies(table);
        table.ratio("blocking, real QEMU", "≤ 1.1 × the wire", "QemuBenchmark BLOCKING", "QemuBenchmark WIRE");
        table.ratio("a bare event loop, real QEMU", "", "QemuBenchmark BARE_LOOP", "QemuBenchmark WIRE");
        connections(table);
        String text = table.markdown() + "\n" + servers(new Table(rounds)).markdown();
        Files.writeString(OUTPUT.resolve("table.md"), text);
        System.out.println(text);
    }

    private static void commands(Table table) {
        String ours = "CommandBenchmark ";
        table.ratio("one after another, chained futures", "≤ 1.2 × the wire", ours + "CHAINED", WIRE);
        table.ratio(
                "the same, completed on the callback executor (the default)",
                "≤ 1.5 × the wire",
                ours + "CHAINED_ON_EXECUTOR",
                WIRE);
        table.ratio("one after another, blocking", "≤ 1.5 × the wire", ours + "BLOCKING", WIRE);
        table.ratio("a bare event loop, blocking", "", ours + "BARE_LOOP", WIRE);
        table.ratio("a bare event loop, the caller writes", "", ours + "BARE_LOOP_CALLER_WRITES", WIRE);
        tail(table, "a blocking command, 99th percentile", "≤ 3 × its median", "LatencyBenchmark BLOCKING");
        tail(table, "the wire's 99th percentile", "", "LatencyBenchmark WIRE");
        table.rate("64 in flight, rate", "≥ 15 × the wire", ours + "IN_FLIGHT_64", WIRE);
        table.rate("8 in flight, rate", "", ours + "IN_FLIGHT_8", WIRE);
        table.rate(
                "the same, completed on the callback executor",
                "≥ 5 × the wire",
                ours + "IN_FLIGHT_8_ON_EXECUTOR",
                WIRE);
        table.rate("events to one listener, rate", "", "EventBenchmark LISTENER", "EventBenchmark WIRE");
        table.rate(
                "the same, received on the event loop",
                "≥ 35 × the wire",
                "EventBenchmark LISTENER_ON_LOOP",
                "EventBenchmark WIRE");
        memory(table, "memory allocated by a blocking command", "≤ 600 B", ours + "BLOCKING");
        memory(table, "by a chained one", "", ours + "CHAINED");
    }

    private static void tail(Table table, String label, String target, String name) {
        table.row(label, target, "%.1f ×", round -> round.percentile(name, 99) / round.percentile(name, 50));
    }

    private static void memory(Table table, String label, String target, String name) {
        table.row(label, target, "%.0f B", round -> round.allocated(name));
    }

    private static void replies(Table table) {
        for (int size : SIZES) {
            String label = "reply of " + size / 1024 + " KiB, rate";
            String name = "ReplyBenchmark " + size;
            table.rate(label, "≥ 0.9 × readTree", name + " REPLY", name + " READ_TREE");
            table.rate("to a blocking caller", "", name + " BLOCKING", name + " READ_TREE");
            table.rate("in pieces of 1448 bytes", "", name + " IN_PIECES", name + " READ_TREE");
        }
        table.row(
                "8 MiB, time for a byte",
                "linear: ≈ 1 × that of 256 KiB",
                "%.2f ×",
                round -> round.score("ReplyBenchmark 8388608 REPLY") / round.score("ReplyBenchmark 262144 REPLY") / 32);
    }

    private static void connections(Table table) {
        String ours = CROWD + "client ";
        String wire = CROWD + "wire ";
        table.ratio("each of 100 connections in turn", "≤ 1.5 × one", ours + "HUNDRED", ours + "ONE");
        table.ratio("each of 10000 connections in turn", "≤ 1.5 × one", ours + "ALL", ours + "ONE");
        table.ratio("the wire: each of 10000 in turn", "", wire + "ALL", wire + "ONE");
        table.row(
                "growth over 10000, divided by the wire's",
                "",
                "%.2f ×",
                round -> round.ratio(ours + "ALL", ours + "ONE") / round.ratio(wire + "ALL", wire + "ONE"));
        table.row("(the wire's round trip)", "", "%.1f µs", round -> round.score(WIRE));
    }

    /** That the server is not what limits a case: what it does for a client that reads nothing as JSON. */
    private static Table servers(Table table) {
        table.rate("the server alone, 64 in flight, rate", "> ours", "CommandBenchmark SERVER_ALONE", WIRE);
        table.rate("the server alone, events, rate", "> ours", "EventBenchmark SERVER_ALONE", "EventBenchmark WIRE");
        for (int size : SIZES) {
            String label = "the server alone, " + size / 1024 + " KiB, rate";
            String name = "ReplyBenchmark " + size;
            table.rate(label, "> ours", name + " SERVER_ALONE", name + " READ_TREE");
            table.rate("in pieces", "> ours", name + " SERVER_ALONE_IN_PIECES", name + " READ_TREE");
        }
        return table;
    }

    private static void plots(Table table) throws IOException {
        List<Point> costs = List.of(cost(table, 1, "ONE"), cost(table, 100, "HUNDRED"), cost(table, 10_000, "ALL"));
        write(
                "connections",
                new Plot("One blocking command to each in turn", "connections", "µs per command", List.of(costs)));
        List<Point> replies = SIZES.stream()
                .map(size -> new Point(
                        size,
                        table.median(round -> round.score("ReplyBenchmark " + size + " REPLY")) / 1000,
                        size < 1 << 20 ? "" : (size >> 20) + " MiB"))
                .toList();
        write("replies", new Plot("Long replies", "size", "ms", List.of(replies)));
    }

    private static Point cost(Table table, int used, String rival) {
        double micros = table.median(round -> round.score(CROWD + "client " + rival));
        return new Point(Math.log10(used) + 0.3, micros, String.valueOf(used));
    }

    private static void crowd(CrowdReport crowd) throws IOException {
        String table = String.format(
                Locale.ROOT,
                "%d idle connections: %.1f KiB of heap each, %.2f %% of a core, %d event loops%n"
                        + "all lost at once: back after %d ms, with %d attempts; a bare loop of connects and handshakes takes %d ms%n",
                crowd.connections(),
                crowd.idleBytes() / 1024.0,
                100 * crowd.idleCpu(),
                crowd.eventLoops(),
                crowd.returnMillis(),
                crowd.attempts().stream().mapToLong(Long::longValue).sum(),
                crowd.bareMillis());
        Files.writeString(OUTPUT.resolve("crowd.txt"), table);
        System.out.println(table);
        write(
                "return",
                new Plot(
                        crowd.connections() + " connections come back",
                        "since all were lost",
                        "per " + CrowdReport.BIN.toMillis() + " ms: attempts (grey), sessions",
                        List.of(binned(crowd.attempts()), binned(crowd.sessions()))));
    }

    private static List<Point> binned(List<Long> bins) {
        int step = 10 * (1 + bins.size() / 60); // labels that have room
        return IntStream.range(0, bins.size())
                .mapToObj(bin ->
                        new Point(bin, bins.get(bin), bin % step == 0 ? bin * CrowdReport.BIN.toMillis() + " ms" : ""))
                .toList();
    }

    private static void write(String name, Plot plot) throws IOException {
        Files.writeString(OUTPUT.resolve(name + ".svg"), plot.svg());
    }
}
