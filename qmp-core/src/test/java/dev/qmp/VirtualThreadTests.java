package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Up to Java 23, a virtual thread that waits while it holds a monitor keeps its carrier. So code that waits, or calls
 * listeners of the application, under a lock uses one of {@code java.util.concurrent}. The sources for Spring are read,
 * too.
 */
class VirtualThreadTests {

    private static final Pattern WAITS = Pattern.compile("\\.join\\(\\)|\\.await\\w*\\(|\\.take\\(\\)|Thread\\.sleep"
            + "|\\.get\\([^()]*, TimeUnit|\\.sync\\w*\\(|\\.wait\\(|\\.park\\w*\\(|\\bpublish\\w*\\(");

    @ParameterizedTest
    @ValueSource(strings = {"src/main/java", "../qmp-spring-boot-autoconfigure/src/main/java"})
    void nothingWaitsWhileItHoldsAMonitor(String sources) throws IOException {
        List<String> guarded;
        try (Stream<Path> files = Files.walk(Path.of(sources))) {
            guarded = files.filter(file -> file.toString().endsWith(".java"))
                    .map(VirtualThreadTests::code)
                    .flatMap(VirtualThreadTests::guarded)
                    .toList();
        }
        assertThat(guarded).isNotEmpty().noneMatch(block -> WAITS.matcher(block).find());
    }

    /** {@return the blocks, and the bodies of the methods, that hold a monitor} */
    private static Stream<String> guarded(String code) {
        return Pattern.compile("\\bsynchronized\\b").matcher(code).results().map(found -> {
            int begin = code.indexOf('{', found.end());
            int end = begin + 1;
            for (int depth = 1; depth > 0; end++) {
                depth += code.charAt(end) == '{' ? 1 : code.charAt(end) == '}' ? -1 : 0;
            }
            return code.substring(begin, end);
        });
    }

    private static String code(Path file) {
        try {
            return Files.readString(file).replaceAll("(?s)/\\*.*?\\*/|//[^\\n]*", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
