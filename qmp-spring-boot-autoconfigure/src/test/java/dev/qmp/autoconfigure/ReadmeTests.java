package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadmeTests {

    /** A link whose text is a class leads to that class. */
    @Test
    void everyClassThatIsLinkedExists() throws IOException {
        List<MatchResult> links = Pattern.compile("\\[`(\\w+)`]\\(([^)]+)\\)")
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .toList();
        assertThat(links).hasSizeGreaterThan(20).allSatisfy(link -> {
            assertThat(Path.of(link.group(2))).exists();
            assertThat(Path.of(link.group(2))).hasFileName(link.group(1) + ".java");
        });
    }

    @Test
    void everyComplaintHasATest() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        List<String> complaints = readme.substring(readme.indexOf("| complaint"))
                .lines()
                .takeWhile(line -> !line.isBlank())
                .skip(2)
                .toList();
        assertThat(complaints).hasSizeGreaterThan(13).allMatch(row -> row.matches("\\|.+\\|.+\\|.*Tests.*\\|"));
    }

    /**
     * Code that is shown compiles, and the test that is shown passes: it stands in a package of its own, word for word.
     */
    @ParameterizedTest
    @CsvSource({"../README.md, @Component, Vm", "README.md, @SpringBootTest, VmTests"})
    void theCodeThatIsShownIsTested(String readme, String begin, String type) throws IOException {
        String text = Files.readString(Path.of(readme));
        String shown = text.substring(text.indexOf("```java\n" + begin) + "```java\n".length());
        assertThat(Files.readString(Path.of("src/test/java/dev/qmp/autoconfigure/readme/" + type + ".java")))
                .endsWith(shown.substring(0, shown.indexOf("```")));
    }
}
