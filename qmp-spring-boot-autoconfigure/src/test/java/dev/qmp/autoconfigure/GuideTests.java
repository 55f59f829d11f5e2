package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.JavaExamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The README and the pages under {@code docs}: their examples compile, links lead to files, pages are short. */
class GuideTests {

    private static final int TWO_SCREENS = 120;
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final String IMPORTS =
            """
            package dev.qmp.autoconfigure.readme; // for the component of the five minutes
            import static org.assertj.core.api.Assertions.*;
            import static org.mockito.BDDMockito.*;
            import dev.qmp.*;
            import dev.qmp.autoconfigure.*;
            import dev.qmp.spring.*;
            import dev.qmp.spring.test.*;
            import dev.qmp.error.*;
            import dev.qmp.message.*;
            import dev.qmp.power.*;
            import dev.qmp.process.*;
            import dev.qmp.protocol.*;
            import dev.qmp.qapi.command.QueryStatus;
            import dev.qmp.qapi.event.*;
            import dev.qmp.qapi.type.*;
            import dev.qmp.server.*;
            import java.time.Duration;
            import java.util.*;
            import org.awaitility.Awaitility;
            import org.junit.jupiter.api.*;
            import org.springframework.aot.hint.annotation.*;
            import org.springframework.beans.factory.*;
            import org.springframework.beans.factory.annotation.*;
            import org.springframework.boot.test.context.*;
            import org.springframework.context.annotation.*;
            import org.springframework.context.event.EventListener;
            import org.springframework.stereotype.*;
            import org.springframework.test.context.bean.override.mockito.*;
            """;

    static List<Path> pages() throws IOException {
        return JavaExamples.documents(Path.of("docs"));
    }

    static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(pages());
        documents.add(Path.of("README.md"));
        return documents;
    }

    @ParameterizedTest
    @MethodSource("documents")
    void theExamplesOfAPageCompile(Path page, @TempDir Path classes) throws IOException {
        assertThat(JavaExamples.in(page))
                .allSatisfy(example -> assertThat(JavaExamples.compile(IMPORTS, example, classes))
                        .as(example)
                        .isEmpty());
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyLinkLeadsToAFile(Path page) throws IOException {
        assertThat(LINK.matcher(Files.readString(page)).results().map(link -> link.group(1)))
                .filteredOn(link -> !link.startsWith("http"))
                .allSatisfy(link -> assertThat(page.resolveSibling(link.replaceFirst("#.*", "")))
                        .exists());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageIsShortAndTheReadmeLeadsToIt(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        assertThat(lines).hasSizeLessThanOrEqualTo(TWO_SCREENS).allMatch(line -> line.length() <= 120);
        assertThat(Files.readString(Path.of("README.md"))).contains("(" + page + ")");
    }
}
