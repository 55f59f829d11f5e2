package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of inputs from practice names, for each number, the test classes whose methods begin with it. */
class InputTests {

    private static final Pattern TEST = Pattern.compile("\\bvoid input(\\d+)[A-Z]");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d+) \\|.*$");
    private static final Pattern LINK = Pattern.compile("\\[`(\\w+)`]");
    private static final List<String> MODULES = List.of("qmp-core", "qmp-spring-boot-autoconfigure", "sample-app");

    @Test
    void thePageNamesTheTestsOfEachInput() throws IOException {
        Map<Integer, Set<String>> named = new TreeMap<>();
        String page = Files.readString(Path.of("docs/reference/inputs.md"));
        for (MatchResult row : ROW.matcher(page).results().toList()) {
            Set<String> classes = new TreeSet<>();
            LINK.matcher(row.group()).results().forEach(link -> classes.add(link.group(1)));
            named.put(Integer.valueOf(row.group(1)), classes);
        }
        assertThat(named).hasSize(59).doesNotContainValue(Set.of());
        assertThat(named).isEqualTo(written());
    }

    private static Map<Integer, Set<String>> written() throws IOException {
        Map<Integer, Set<String>> written = new TreeMap<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "test", "java"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    String name = file.getFileName().toString().replace(".java", "");
                    TEST.matcher(Files.readString(file)).results().forEach(test -> written.computeIfAbsent(
                                    Integer.valueOf(test.group(1)), number -> new TreeSet<>())
                            .add(name));
                }
            }
        }
        return written;
    }
}
