package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The messages that the troubleshooting page quotes are those of the code. */
class TroubleshootingPageTests {

    private static final Pattern QUOTED = Pattern.compile("(?m)^\\| `([^`]+)`");

    @Test
    void everyMessageIsInTheSources() throws IOException {
        List<String> quoted = QUOTED.matcher(Files.readString(Path.of("docs/operate/troubleshooting.md")))
                .results()
                .map(message -> message.group(1))
                .toList();
        String texts = texts(Path.of("src/main/java")) + texts(Path.of("../qmp-core/src/main/java"));
        assertThat(quoted).hasSizeGreaterThan(15).allSatisfy(message -> assertThat(texts)
                .contains(message));
    }

    /** The sources, with the parts of a split text joined. */
    private static String texts(Path sources) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(TroubleshootingPageTests::read)
                    .collect(Collectors.joining("\n"))
                    .replaceAll("\"\\s*\\+\\s*\"", "");
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
