package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every fault of the catalogue and every row of the life cycle has a test that carries its number. */
class CatalogueTests {

    private static final Path PAGE = Path.of("docs/reference/faults.md");
    private static final int FAULTS = 84;
    private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| .* \\| ([RPSZC ]+) \\| (.*) \\|");
    private static final Pattern LINK = Pattern.compile("\\[`(\\w+)`]\\(([^)]+)\\)");

    /** Names of tests, in one piece or several. */
    private static final Pattern NAME = Pattern.compile("@(?:DisplayName|ParameterizedTest|RepeatedTest)\\("
            + "\\s*(?:\\w+\\s*=\\s*[\\w.]+\\s*,\\s*)*(?:name\\s*=\\s*)?((?:\\s*\\+?\\s*\"(?:[^\"\\\\]|\\\\.)*\")+)");

    private static String namesIn(String source) {
        return NAME.matcher(source).results().map(name -> name.group(1)).collect(Collectors.joining("\n"));
    }

    /** {@return how a class injects faults, as the page abbreviates it} */
    private static String means(String source) {
        if (source.contains("@RequiresQemu")) {
            return "R";
        }
        if (source.contains("@FuzzTest")) {
            return "Z";
        }
        if (source.contains("ModelChecking.of")) {
            return "C";
        }
        return source.contains("CuttingProxy") ? "P" : "S";
    }

    @Test
    void everyFaultIsInjectedByTheTestsThatThePageNames() throws IOException {
        List<MatchResult> rows = ROW.matcher(Files.readString(PAGE)).results().toList();
        assertThat(rows.stream().map(row -> Integer.parseInt(row.group(1))))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, FAULTS).boxed().toList());
        for (MatchResult row : rows) {
            List<MatchResult> tests = LINK.matcher(row.group(3)).results().toList();
            assertThat(tests).as("tests of fault %s", row.group(1)).isNotEmpty();
            Set<String> means = new TreeSet<>();
            for (MatchResult test : tests) {
                String source = Files.readString(PAGE.resolveSibling(test.group(2)));
                assertThat(namesIn(source))
                        .as("names of the tests in %s", test.group(1))
                        .containsPattern("#" + row.group(1) + "\\b");
                means.add(means(source));
            }
            assertThat(row.group(2)).as("means of fault %s", row.group(1)).isEqualTo(String.join(" ", means));
        }
    }

    @Test
    void everyTestThatCarriesANumberIsNamedInItsRow() throws IOException {
        Map<String, Set<String>> linked = new HashMap<>();
        ROW.matcher(Files.readString(PAGE))
                .results()
                .forEach(row -> linked.put(
                        row.group(1),
                        LINK.matcher(row.group(3))
                                .results()
                                .map(test -> test.group(1))
                                .collect(Collectors.toSet())));
        Set<String> missing = new TreeSet<>();
        for (Path file : sourcesOfTests()) {
            String test = file.getFileName().toString().replace(".java", "");
            Pattern.compile("#(\\d+)\\b")
                    .matcher(namesIn(Files.readString(file)))
                    .results()
                    .map(number -> number.group(1))
                    .filter(number -> !linked.getOrDefault(number, Set.of()).contains(test))
                    .forEach(number -> missing.add(number + " " + test));
        }
        assertThat(missing)
                .as("tests that carry a number whose row does not name them")
                .isEmpty();
    }

    private static List<Path> sourcesOfTests() throws IOException {
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            List<Path> sources = new ArrayList<>();
            for (Path folder : modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                }
            }
            return sources;
        }
    }

    @Test
    void everyRowOfTheLifeCycleIsInTheNameOfATest() throws IOException {
        Set<String> named = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith("Tests.java")).toList()) {
                Pattern.compile("\"[^\"\\n]*\\b[SC]\\d+\\b[^\"\\n]*\"")
                        .matcher(Files.readString(file))
                        .results()
                        .flatMap(name -> Pattern.compile("\\b[SC]\\d+\\b")
                                .matcher(name.group())
                                .results())
                        .forEach(row -> named.add(row.group()));
            }
        }
        Set<String> rows =
                IntStream.rangeClosed(1, 34).mapToObj(row -> "S" + row).collect(Collectors.toSet());
        IntStream.rangeClosed(1, 8).mapToObj(row -> "C" + row).forEach(rows::add);
        assertThat(named).containsAll(rows);
    }
}
