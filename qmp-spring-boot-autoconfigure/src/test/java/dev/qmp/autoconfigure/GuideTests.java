package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.JavaExamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages under {@code docs}: their examples compile, and they are as long as a page may be. */
class GuideTests {

    private static final int TWO_SCREENS = 130;
    private static final String IMPORTS =
            """
            import static org.assertj.core.api.Assertions.*;
            import static org.mockito.BDDMockito.*;
            import dev.qmp.*;
            import dev.qmp.autoconfigure.*;
            import dev.qmp.spring.*;
            import dev.qmp.spring.test.*;
            import dev.qmp.error.*;
            import dev.qmp.message.*;
            import dev.qmp.protocol.*;
            import dev.qmp.server.*;
            import java.util.*;
            import org.awaitility.Awaitility;
            import org.junit.jupiter.api.*;
            import org.springframework.beans.factory.annotation.*;
            import org.springframework.boot.test.context.*;
            import org.springframework.context.event.*;
            import org.springframework.test.context.bean.override.mockito.*;
            """;

    static List<Path> pages() throws IOException {
        return JavaExamples.documents(Path.of("docs"));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theExamplesOfAPageCompile(Path page, @TempDir Path classes) throws IOException {
        assertThat(JavaExamples.in(page))
                .allSatisfy(example -> assertThat(JavaExamples.compile(IMPORTS, example, classes))
                        .as(example)
                        .isEmpty());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageIsShortAndTheReadmeLeadsToIt(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        assertThat(lines).hasSizeLessThanOrEqualTo(TWO_SCREENS).allMatch(line -> line.length() <= 120);
        assertThat(Files.readString(Path.of("README.md"))).contains("(" + page + ")");
    }
}
