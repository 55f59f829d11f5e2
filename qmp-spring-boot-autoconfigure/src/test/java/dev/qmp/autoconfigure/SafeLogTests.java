package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ch.qos.logback.classic.Level;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ThrowingLog;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.junit.jupiter.api.Test;

class SafeLogTests {

    private final Log log = SafeLog.of(SafeLogTests.class);

    private final List<Consumer<Object>> lines =
            List.of(log::fatal, log::error, log::warn, log::info, log::debug, log::trace);
    private final List<BiConsumer<Object, Throwable>> failures =
            List.of(log::fatal, log::error, log::warn, log::info, log::debug, log::trace);

    @Test
    void passesLinesOn() {
        RuntimeException failure = new RuntimeException("of a test");
        try (LogRecorder recorder = LogRecorder.of(SafeLogTests.class.getName())) {
            lines.forEach(line -> line.accept("a line"));
            failures.forEach(line -> line.accept("a failure", failure));
            assertThat(recorder.at(Level.ERROR)).hasSize(4); // Logback has no level above
            for (Level level : List.of(Level.WARN, Level.INFO, Level.DEBUG, Level.TRACE)) {
                assertThat(recorder.at(level)).containsExactly("a line", "a failure");
            }
            assertThat(log.isFatalEnabled()
                            && log.isErrorEnabled()
                            && log.isWarnEnabled()
                            && log.isInfoEnabled()
                            && log.isDebugEnabled()
                            && log.isTraceEnabled())
                    .isTrue();
        }
    }

    @Test
    void neverThrows() {
        RuntimeException failure = new RuntimeException("of a test");
        try (ThrowingLog throwing = ThrowingLog.install("dev.qmp.autoconfigure")) {
            assertThatCode(() -> lines.forEach(line -> line.accept("a line"))).doesNotThrowAnyException();
            assertThatCode(() -> failures.forEach(line -> line.accept("a failure", failure)))
                    .doesNotThrowAnyException();
            assertThat(throwing.lost()).hasSize(12);
            assertThat(log.isErrorEnabled()).isFalse();
        }
    }
}
