package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadmeTests {

    private static final Path COMPLAINTS = Path.of("docs", "reference", "complaints.md");

    @Test
    void everyComplaintHasATest() throws IOException {
        String page = Files.readString(COMPLAINTS);
        String list = page.substring(page.indexOf("\n- ")).replaceAll("\n {2}", " ");
        assertThat(list.strip().lines())
                .hasSizeGreaterThan(13)
                .allMatch(complaint -> complaint.matches("- .+: .+ \\(`\\w+Tests`(, `\\w+Tests`)*\\)"));
    }

    @Test
    void everyTestThatIsNamedExists() throws IOException {
        Set<String> tests = new HashSet<>();
        for (String module : List.of("", "../qmp-core/", "../sample-app/")) {
            try (Stream<Path> files = Files.walk(Path.of(module + "src/test/java"))) {
                files.forEach(file -> tests.add(file.getFileName().toString()));
            }
        }
        assertThat(Pattern.compile("`(\\w+Tests)`")
                        .matcher(Files.readString(COMPLAINTS))
                        .results())
                .hasSizeGreaterThan(20)
                .allMatch(named -> tests.contains(named.group(1) + ".java"));
    }

    /**
     * Code that is shown compiles, and the test that is shown passes: it stands in a package of its own, word for word.
     */
    @ParameterizedTest
    @CsvSource({"../README.md, @Component, Vm", "docs/guide/test-servers.md, @SpringBootTest, VmTests"})
    void theCodeThatIsShownIsTested(String readme, String begin, String type) throws IOException {
        String text = Files.readString(Path.of(readme));
        String shown = text.substring(text.indexOf("```java\n" + begin) + "```java\n".length());
        assertThat(Files.readString(Path.of("src/test/java/dev/qmp/autoconfigure/readme/" + type + ".java")))
                .endsWith(shown.substring(0, shown.indexOf("```")));
    }
}
