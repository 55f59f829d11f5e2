package dev.qmp.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.JavaExamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The README and the pages under {@code docs}: they are short, and their links lead to files. */
class DocumentationTests {

    private static final Path README = Path.of("README.md");
    private static final int TWO_SCREENS = 130;
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

    static List<Path> pages() throws IOException {
        return JavaExamples.documents(Path.of("docs"));
    }

    static List<Path> all() throws IOException {
        List<Path> all = new ArrayList<>(pages());
        all.add(README);
        return all;
    }

    @ParameterizedTest
    @MethodSource("all")
    void theLinksLeadToFiles(Path page) throws IOException {
        Matcher links = LINK.matcher(Files.readString(page));
        while (links.find()) {
            assertThat(page.resolveSibling(links.group(1)))
                    .as("link of %s", page)
                    .exists();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aPageHasAtMostTwoScreens(Path page) throws IOException {
        assertThat(Files.readAllLines(page)).as("%s", page).hasSizeLessThanOrEqualTo(TWO_SCREENS);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theReadmeLeadsToThePage(Path page) throws IOException {
        assertThat(Files.readString(README)).contains("(" + page + ")");
    }
}
