package dev.qmp.benchmark;

import dev.qmp.benchmark.Plot.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Measures up to 100,000 connections within this JVM, over channels in memory. It writes the table and the plots of the
 * page on scale to {@code target/benchmarks}, and takes about four minutes.
 */
public final class Scale {

    private static final Path OUTPUT = Path.of("target", "benchmarks");
    private static final int LARGEST = 100_000;
    private static final List<Integer> SIZES = List.of(1000, 10_000, 50_000, LARGEST);
    private static final List<Integer> BUSY = List.of(1, 100, 1000, 10_000);
    private static final ScaleReport.Times SHORT =
            new ScaleReport.Times(Duration.ofMillis(100), Duration.ofSeconds(2), Duration.ofSeconds(1));
    private static final ScaleReport.Times BRIEF =
            new ScaleReport.Times(Duration.ofSeconds(5), Duration.ofMillis(200), Duration.ofMillis(500));
    private static final ScaleReport.Times FULL =
            new ScaleReport.Times(Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofSeconds(10));

    private Scale() {}

    /** Measures all sizes, one after the other. */
    public static void main(String[] arguments) throws IOException {
        Files.createDirectories(OUTPUT);
        ScaleReport.measure(5000, List.of(1, 1000), SHORT); // for the compiler
        List<ScaleReport> reports = new ArrayList<>();
        for (int size : SIZES) {
            reports.add(ScaleReport.measure(size, size == LARGEST ? BUSY : List.of(), size == LARGEST ? FULL : BRIEF));
            write("scale.md", table(reports));
        }
        ScaleReport largest = reports.get(reports.size() - 1);
        write("scale-largest.md", awayTable(largest) + busyTable(largest));
        plots(reports);
        System.exit(0);
    }

    // ------------------------------------------------------------------ tables

    private static String table(List<ScaleReport> reports) {
        StringBuilder table = new StringBuilder("| connections |");
        reports.forEach(report -> table.append(String.format(Locale.ROOT, " %,d |", report.connections())));
        table.append("\n| --- |").append(" --- |".repeat(reports.size())).append('\n');
        row(table, reports, "heap of an idle connection, in bytes", "%,.0f", ScaleReport::idleBytes);
        row(table, reports, "of it, the two channels", "%,.0f", ScaleReport::bareBytes);
        row(
                table,
                reports,
                "CPU of all idle connections, share of a core",
                "%.2f %%",
                report -> 100 * report.idleCpu());
        row(table, reports, "all connect at once: time", "%,.0f ms", report -> report.connected()
                .millis());
        row(table, reports, "CPU for each", "%.0f µs", ScaleReport::connectMicros);
        row(table, reports, "attempts for each", "%.2f", report -> attempts(report, report.connected()));
        row(table, reports, "all lost at once: time until all are back", "%,.0f ms", report -> report.lost()
                .millis());
        row(table, reports, "CPU for each", "%.0f µs", ScaleReport::lostMicros);
        row(table, reports, "attempts for each", "%.2f", report -> attempts(report, report.lost()));
        row(table, reports, "log lines for each, INFO and above", "%.2f", ScaleReport::lostLines);
        row(table, reports, "all disconnect at once: time", "%,.0f ms", ScaleReport::disconnectMillis);
        row(table, reports, "heap left afterwards, in bytes for each", "%,.0f", ScaleReport::leftBytes);
        row(table, reports, "most threads of the JVM", "%.0f", ScaleReport::peakThreads);
        return table.toString();
    }

    private static void row(
            StringBuilder table,
            List<ScaleReport> reports,
            String label,
            String format,
            ToDoubleFunction<ScaleReport> value) {
        table.append("| ").append(label).append(" |");
        for (ScaleReport report : reports) {
            table.append(' ')
                    .append(String.format(Locale.ROOT, format, value.applyAsDouble(report)))
                    .append(" |");
        }
        table.append('\n');
    }

    private static double attempts(ScaleReport report, ReturnCurve curve) {
        return (double) curve.allAttempts() / report.connections();
    }

    private static String awayTable(ScaleReport report) {
        return String.format(
                Locale.ROOT,
                "%n| %,d connections, server away for %d s | |%n| --- | --- |%n"
                        + "| time until all are back | %,d ms |%n| attempts for each | %.2f |%n"
                        + "| log lines for each, INFO and above | %.2f |%n| heap of a connection afterwards | %,d B |%n",
                report.connections(),
                FULL.away().toSeconds(),
                report.away().millis(),
                attempts(report, report.away()),
                report.awayLines(),
                report.backBytes());
    }

    private static String busyTable(ScaleReport report) {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%n| busy, of %,d connections | commands a second | CPU for each | bare channels | CPU for each |%n"
                        + "| --- | --- | --- | --- | --- |%n",
                report.connections()));
        for (int row = 0; row < report.busy().size(); row++) {
            BusyRate ours = report.busy().get(row);
            BusyRate bare = report.bareBusy().get(row);
            table.append(String.format(
                    Locale.ROOT,
                    "| %,d | %,.0f | %.1f µs | %,.0f | %.1f µs |%n",
                    ours.connections(),
                    ours.perSecond(),
                    ours.micros(),
                    bare.perSecond(),
                    bare.micros()));
        }
        return table.toString();
    }

    // ------------------------------------------------------------------ plots

    private static void plots(List<ScaleReport> reports) throws IOException {
        ScaleReport largest = reports.get(reports.size() - 1);
        plot(
                "scale-heap",
                "Heap of an idle connection",
                "connections",
                "bytes: channels (grey), all",
                bySize(reports, ScaleReport::bareBytes),
                bySize(reports, ScaleReport::idleBytes));
        plot(
                "scale-return-cpu",
                "CPU for a connection when all connect, and when all are lost",
                "connections",
                "µs: connect (grey), lost",
                bySize(reports, ScaleReport::connectMicros),
                bySize(reports, ScaleReport::lostMicros));
        plot(
                "scale-busy",
                "CPU for a command",
                "busy connections",
                "µs: bare channels (grey), clients",
                byBusy(largest.bareBusy()),
                byBusy(largest.busy()));
        curve("scale-lost", " connections are lost at once", largest, largest.lost());
        curve("scale-away", " connections are lost at once, and the server is away for 10 s", largest, largest.away());
    }

    private static List<Point> bySize(List<ScaleReport> reports, ToDoubleFunction<ScaleReport> value) {
        return reports.stream()
                .map(report ->
                        new Point(report.connections(), value.applyAsDouble(report), label(report.connections())))
                .toList();
    }

    private static String label(int connections) {
        return connections < 10_000 ? "" : String.format(Locale.ROOT, "%,d", connections);
    }

    private static List<Point> byBusy(List<BusyRate> rates) {
        return rates.stream()
                .map(rate -> new Point(
                        Math.log10(rate.connections()) + 0.3,
                        rate.micros(),
                        String.format(Locale.ROOT, "%,d", rate.connections())))
                .toList();
    }

    private static void curve(String name, String title, ScaleReport report, ReturnCurve curve) throws IOException {
        plot(
                name,
                String.format(Locale.ROOT, "%,d%s", report.connections(), title),
                "since the loss",
                "attempts per " + ReturnCurve.BIN.toMillis() + " ms (grey), sessions",
                overTime(curve.attempts()),
                overTime(curve.sessions()));
    }

    private static List<Point> overTime(List<Long> values) {
        int binsOfSecond = (int) (Duration.ofSeconds(1).toMillis() / ReturnCurve.BIN.toMillis());
        int step = binsOfSecond * (1 + values.size() / (10 * binsOfSecond)); // labels that have room
        return IntStream.range(0, values.size())
                .mapToObj(bin -> new Point(bin, values.get(bin), bin % step == 0 ? bin / binsOfSecond + " s" : ""))
                .toList();
    }

    private static void plot(String name, String title, String across, String up, List<Point> grey, List<Point> line)
            throws IOException {
        write(name + ".svg", new Plot(title, across, up, List.of(grey, line)).svg());
    }

    private static void write(String file, String text) throws IOException {
        Files.writeString(OUTPUT.resolve(file), text);
        if (file.endsWith(".md")) {
            System.out.println(text);
        }
    }
}
