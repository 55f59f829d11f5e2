package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of the README files are Java that compiles. */
class ReadmeTests {

    private static final String FENCE = "```";

    @TempDir
    private Path classes;

    /** {@return the first piece of Java below a heading} */
    private static String example(String readme, String heading) throws IOException {
        String text = Files.readString(Path.of(readme));
        int section = ("\n" + text).indexOf("\n" + heading + "\n");
        assertThat(section).as("%s in %s", heading, readme).isNotNegative();
        int begin = text.indexOf(FENCE + "java\n", section) + FENCE.length() + "java\n".length();
        return text.substring(begin, text.indexOf(FENCE, begin));
    }

    private void assertCompiles(String className, String source) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///" + className + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        boolean compiled = compiler.getTask(
                        null,
                        null,
                        said,
                        List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                        null,
                        List.of(file))
                .call();
        assertThat(compiled).as("%s\n%s", said.getDiagnostics(), source).isTrue();
    }

    @Test
    @DisplayName("the example of a protocol of one's own compiles")
    void aProtocolOfOnesOwn() throws IOException {
        assertCompiles(
                "LineProtocol",
                """
                import dev.qmp.protocol.AsyncProtocol;
                import dev.qmp.protocol.ProtocolOptions;
                import dev.qmp.testing.LineCodec;
                import java.util.concurrent.CompletionStage;

                """
                        + example("docs/guide/own-protocol.md", "# Another line protocol"));
    }

    @Test
    @DisplayName("the example of a client without Spring compiles")
    void aClientWithoutSpring() throws IOException {
        assertCompiles(
                "Example",
                """
                import dev.qmp.QmpClient;
                import dev.qmp.event.EventFilter;
                import dev.qmp.event.EventMatch;
                import dev.qmp.event.Operation;
                import dev.qmp.qapi.command.SystemPowerdown;
                import java.time.Duration;
                import org.slf4j.Logger;
                import tools.jackson.databind.JsonNode;

                class Example {
                    void run(Logger log) {
                """
                        + example("../README.md", "## Without Spring") + "}}\n");
    }

    @Test
    @DisplayName("the example of a client of the guest agent compiles")
    void aClientOfTheGuestAgent() throws IOException {
        assertCompiles(
                "Agent",
                """
                import dev.qmp.QmpClient;
                import dev.qmp.agent.*;
                import java.time.Duration;
                import org.slf4j.Logger;

                class Agent {
                    void run(Logger log) {
                """
                        + example("docs/guide/guest-agent.md", "# The guest agent") + "}}\n");
    }

    @Test
    @DisplayName("the fifteen lines of the core's README compile")
    void fifteenLines() throws IOException {
        String example = example("README.md", "## In fifteen lines");
        assertThat(example.lines()).hasSizeLessThanOrEqualTo(15);
        assertCompiles(
                "FifteenLines",
                """
                import dev.qmp.QmpClient;
                import dev.qmp.error.OutcomeUnknownException;
                import dev.qmp.error.RejectedException;
                import dev.qmp.event.EventFilter;
                import java.time.Duration;
                import org.slf4j.Logger;
                import tools.jackson.databind.JsonNode;

                class FifteenLines {
                    void run(Logger log) throws Exception {
                """
                        + example + "}}\n");
    }
}
