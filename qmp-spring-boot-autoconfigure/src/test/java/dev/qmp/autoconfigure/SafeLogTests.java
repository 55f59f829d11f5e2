package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ch.qos.logback.classic.Level;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ThrowingLog;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SafeLogTests {

    private final SafeLog log = SafeLog.of(SafeLogTests.class);

    private final List<Consumer<String>> lines = List.of(log::error, log::warn, log::info, log::debug);
    private final List<BiConsumer<String, Throwable>> failures = List.of(log::error, log::warn, log::info, log::debug);

    @Test
    void passesLinesOn() {
        RuntimeException failure = new RuntimeException("of a test");
        try (LogRecorder recorder = LogRecorder.of(SafeLogTests.class.getName())) {
            lines.forEach(line -> line.accept("a line"));
            failures.forEach(line -> line.accept("a failure", failure));
            for (Level level : List.of(Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG)) {
                assertThat(recorder.at(level)).containsExactly("a line", "a failure");
            }
        }
    }

    @Test
    void neverThrows() {
        RuntimeException failure = new RuntimeException("of a test");
        try (ThrowingLog throwing = ThrowingLog.install("dev.qmp.autoconfigure")) {
            assertThatCode(() -> lines.forEach(line -> line.accept("a line"))).doesNotThrowAnyException();
            assertThatCode(() -> failures.forEach(line -> line.accept("a failure", failure)))
                    .doesNotThrowAnyException();
            assertThat(throwing.lost()).hasSize(8);
        }
    }
}
