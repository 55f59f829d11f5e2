package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of log messages has each message at INFO and above, of the core and of Spring. */
class LoggingPageTests {

    /** A call may continue on the next line, and a logger may be the result of a method. */
    private static final Pattern CALL = Pattern.compile("\\b(?i:log(?:ger)?)(?:\\(\\))?\\s*\\.(?:info|warn|error)\\("
            + "|\\.failed\\((?=\\s*\")"
            + "|\\blog\\((?=[^;]*Level\\.[A-Z][^;]*\")");

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final int TELLING = 8;

    @Test
    void everyMessageOfTheSourcesIsOnThePage() throws IOException {
        List<String> quoted = QUOTED.matcher(Files.readString(Path.of("docs", "operate", "logging.md"))
                        .replace("\n", " "))
                .results()
                .map(quote -> quote.group(1).strip())
                .toList();
        List<String> missing = new ArrayList<>();
        int calls = 0;
        for (Path source : sources()) {
            String name = source.getFileName().toString().replace(".java", "");
            for (String arguments : callsIn(Files.readString(source))) {
                calls++;
                if (!quoted.contains(name) && quoted.stream().noneMatch(text -> isPartOf(text, arguments))) {
                    missing.add(name + ": " + arguments);
                }
            }
        }
        assertThat(calls).isGreaterThan(90);
        assertThat(missing).isEmpty();
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : new String[] {"src/main/java", "../qmp-core/src/main/java"}) {
            try (Stream<Path> files = Files.walk(Path.of(module))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
            }
        }
        return sources;
    }

    /** {@return the arguments of the calls, without those in comments} */
    private static List<String> callsIn(String source) {
        String code = source.replaceAll("(?m)^\\s*(\\*|//|/\\*).*$", "");
        List<String> calls = new ArrayList<>();
        Matcher call = CALL.matcher(code);
        while (call.find()) {
            int depth = 1;
            int end = call.end();
            while (depth > 0) {
                char next = code.charAt(end++);
                depth += next == '(' ? 1 : next == ')' ? -1 : 0;
            }
            calls.add(code.substring(call.end(), end - 1).replaceAll("\\s+", " "));
        }
        return calls;
    }

    /** {@return whether a text of the page is part of a call's message} A single word may be a name. */
    private static boolean isPartOf(String text, String arguments) {
        return (text.length() >= TELLING || text.equals("Ignored."))
                && LITERAL.matcher(arguments).results().anyMatch(literal -> literal.group(1)
                        .contains(text));
    }
}
