package dev.qmp.autoconfigure.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Starts in pairs, with and without what is measured, one right after the other and each of the two as often first:
 * what else the computer does, and how warm its caches are, concerns both alike. The median of the differences is
 * compared.
 */
final class StartUpPairs {

    private final String what;
    private final String target;
    private final List<StartUp.Cost> more = new ArrayList<>();

    private StartUpPairs(String what, String target) {
        this.what = what;
        this.target = target;
    }

    /** Makes as many pairs. */
    static StartUpPairs measure(String what, String target, int count, Start with, Start without) throws IOException {
        StartUpPairs pairs = new StartUpPairs(what, target);
        without.run(); // reads what the disk has not given yet
        for (int i = 0; i < count; i++) {
            boolean withFirst = i % 2 == 0;
            StartUp.Cost first = (withFirst ? with : without).run();
            StartUp.Cost second = (withFirst ? without : with).run();
            StartUp.Cost one = withFirst ? first : second;
            StartUp.Cost other = withFirst ? second : first;
            pairs.more.add(new StartUp.Cost(one.wall() - other.wall(), one.processor() - other.processor()));
        }
        return pairs;
    }

    /** {@return rows of the table in docs/internals/benchmarks.md: by the clock, and in the processors' time} */
    String markdown() {
        return row(what, target, StartUp.Cost::wall)
                + row("… in the time of all processors", "", StartUp.Cost::processor);
    }

    private String row(String name, String goal, ToDoubleFunction<StartUp.Cost> value) {
        double[] sorted = more.stream().mapToDouble(value).sorted().toArray();
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.0f ms | %.0f – %.0f ms (quartiles) |%n",
                name,
                goal,
                sorted[sorted.length / 2],
                sorted[sorted.length / 4],
                sorted[sorted.length * 3 / 4]);
    }

    /** Starts an application once. */
    interface Start {

        StartUp.Cost run() throws IOException;
    }
}
