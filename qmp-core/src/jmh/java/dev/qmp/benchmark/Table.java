package dev.qmp.benchmark;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The report: a line for each case, with the median of all rounds and their spread. */
public final class Table {

    private final List<Scores> rounds;
    private final StringBuilder text = new StringBuilder("| case | target | measured | spread |\n| --- | --- | --- | --- |\n");

    /** Creates a table without lines. */
    public Table(List<Scores> rounds) {
        this.rounds = rounds;
    }

    /** Adds how many times the rival's time a case takes. */
    public void ratio(String label, String target, String name, String rival) {
        row(label, target, "%.2f ×", round -> round.ratio(name, rival));
    }

    /** Adds how many times the rival's rate a case has. */
    void rate(String label, String target, String name, String rival) {
        row(label, target, "%.2f ×", round -> 1 / round.ratio(name, rival));
    }

    void row(String label, String target, String format, ToDoubleFunction<Scores> value) {
        double[] values = sorted(value);
        if (Double.isNaN(values[0])) {
            return; // not run
        }
        text.append(String.format(
                Locale.ROOT,
                "| %s | %s | " + format + " | " + format + " – " + format + " |%n",
                label,
                target,
                values[values.length / 2],
                values[0],
                values[values.length - 1]));
    }

    double median(ToDoubleFunction<Scores> value) {
        double[] values = sorted(value);
        return values[values.length / 2];
    }

    private double[] sorted(ToDoubleFunction<Scores> value) {
        return rounds.stream().mapToDouble(value).sorted().toArray();
    }

    /** {@return the lines so far} */
    public String markdown() {
        return text.toString();
    }
}
