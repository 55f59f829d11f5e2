package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.JavaExamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages in {@code docs}: their examples compile, their links lead somewhere, and each fits on two screens. */
class DocumentationTests {

    private static final int TWO_SCREENS = 120;
    private static final int COLUMNS = 120;
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    /** What an example may use without an import. */
    static final String IMPORTS =
            """
            import dev.qmp.*;
            import dev.qmp.agent.*;
            import dev.qmp.device.*;
            import dev.qmp.error.*;
            import dev.qmp.event.*;
            import dev.qmp.hmp.*;
            import dev.qmp.job.*;
            import dev.qmp.media.*;
            import dev.qmp.message.*;
            import dev.qmp.monitor.*;
            import dev.qmp.migration.*;
            import dev.qmp.migration.Migration; // there is an event of this name, too
            import dev.qmp.power.*;
            import dev.qmp.process.*;
            import dev.qmp.protocol.*;
            import dev.qmp.qapi.*;
            import dev.qmp.qapi.agent.command.*;
            import dev.qmp.qapi.agent.type.*;
            import dev.qmp.qapi.command.*;
            import dev.qmp.qapi.command.BlockdevBackup; // there is a type of this name, too
            import dev.qmp.qapi.event.*;
            import dev.qmp.qapi.type.*;
            import dev.qmp.schema.*;
            import dev.qmp.input.*;
            import dev.qmp.screen.*;
            import dev.qmp.server.*;
            import dev.qmp.server.simulation.*;
            import dev.qmp.statistics.*;
            import dev.qmp.task.*;
            import dev.qmp.testing.LineCodec;
            import java.nio.charset.StandardCharsets;
            import java.nio.file.Path;
            import java.time.*;
            import java.util.*;
            import java.util.concurrent.*;
            import org.jspecify.annotations.Nullable;
            import tools.jackson.core.type.TypeReference;
            import tools.jackson.databind.*;
            import tools.jackson.databind.node.*;
            """;

    @TempDir
    private Path classes;

    static List<Path> pages() throws IOException {
        return JavaExamples.documents(Path.of("docs"));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theExamplesCompile(Path page) throws IOException {
        for (String example : JavaExamples.in(page)) {
            assertThat(JavaExamples.compile(IMPORTS, example, classes))
                    .as("%s\n%s", page, example)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theLinksLeadToFiles(Path page) throws IOException {
        Matcher links = LINK.matcher(Files.readString(page));
        while (links.find()) {
            assertThat(page.resolveSibling(links.group(1)))
                    .as("link of %s", page)
                    .exists();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageHasAtMostTwoScreens(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        assertThat(lines).as("%s", page).hasSizeLessThanOrEqualTo(TWO_SCREENS);
        assertThat(lines)
                .as("%s", page)
                .filteredOn(line -> !line.startsWith("|")) // a row of a table cannot be broken
                .allMatch(line -> line.length() <= COLUMNS);
    }

    @Test
    void everyMessageOnThePageOfTlsIsInTheSources() throws IOException {
        List<String> quoted = Pattern.compile("(?m)^\\| `([^`]+)`")
                .matcher(Files.readString(Path.of("docs/guide/tls.md")))
                .results()
                .map(message -> message.group(1))
                .toList();
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                sources.append(Files.readString(file));
            }
        }
        String texts = sources.toString().replaceAll("\"\\s*\\+\\s*\"", "");
        assertThat(quoted).hasSizeGreaterThan(5).allSatisfy(message -> assertThat(texts)
                .contains(message));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theReadmeLeadsToThePage(Path page) throws IOException {
        assertThat(Files.readString(Path.of("README.md"))).contains("(" + page + ")");
    }
}
