package dev.qmp.benchmark;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.qmp.benchmark.RivalBenchmark.Match;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.runner.RunnerException;
import org.slf4j.LoggerFactory;

/**
 * Compares the client with other libraries, several times over, each pair in a JVM of its own. Writes the table to
 * {@code target/benchmarks}. A library that does not run on this machine is left out.
 */
public final class Rivals {

    private static final Path OUTPUT = Path.of("target", "benchmarks");
    private static final String NAME = "RivalBenchmark ";
    private static final Duration TURN = Duration.ofMillis(500);

    private Rivals() {}

    /** The argument is the number of rounds. */
    public static void main(String[] arguments) throws RunnerException, IOException {
        Files.createDirectories(OUTPUT);
        ((Logger) LoggerFactory.getLogger("dev.qmp")).setLevel(Level.ERROR);
        StringBuilder versions = new StringBuilder();
        Set<Library> libraries = installed(versions);
        Match[] matches = Arrays.stream(Match.values())
                .filter(match -> libraries.contains(match.library()))
                .toArray(Match[]::new);
        String[] names = Arrays.stream(matches).map(Match::name).toArray(String[]::new);
        List<Scores> rounds = new ArrayList<>();
        for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
            Scores scores = new Scores();
            scores.measure(RivalBenchmark.class, TURN, "match", names);
            rounds.add(scores);
            String text = table(rounds, matches) + "\n" + versions;
            Files.writeString(OUTPUT.resolve("rivals.md"), text);
            System.out.println(text);
        }
    }

    private static Set<Library> installed(StringBuilder versions) throws IOException {
        Set<Library> installed = EnumSet.noneOf(Library.class);
        for (Library library : Library.values()) {
            try (ServerProcess server = ServerProcess.forFew();
                    LibraryProcess process = new LibraryProcess(library, server.socket())) {
                versions.append(process.version()).append('\n');
                installed.add(library);
            } catch (IOException e) {
                String line =
                        library + " is left out: " + e.getMessage() + ". To install it: " + library.installation();
                versions.append(line).append('\n');
                System.out.println(line);
            }
        }
        return installed;
    }

    private static String table(List<Scores> rounds, Match[] matches) {
        StringBuilder text = new StringBuilder("| case | library | this client | library ÷ this client |\n");
        text.append("| --- | --- | --- | --- |\n");
        for (Match match : matches) {
            String client = NAME + match + " CLIENT";
            String library = NAME + match + " LIBRARY";
            String wire = NAME + match + " WIRE";
            text.append("| ").append(match.label());
            text.append(cell(rounds, round -> round.ratio(library, wire)));
            text.append(cell(rounds, round -> round.ratio(client, wire)));
            text.append(cell(rounds, round -> round.ratio(library, client))).append(" |\n");
        }
        return text.toString();
    }

    private static String cell(List<Scores> rounds, ToDoubleFunction<Scores> value) {
        double[] values = rounds.stream().mapToDouble(value).sorted().toArray();
        return String.format(
                Locale.ROOT,
                " | %.2f × (%.2f – %.2f)",
                values[values.length / 2],
                values[0],
                values[values.length - 1]);
    }
}
