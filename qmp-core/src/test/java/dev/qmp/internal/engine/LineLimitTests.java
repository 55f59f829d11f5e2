package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** When a log line is due, on a clock of the test's own, which begins shortly before it overflows. */
class LineLimitTests {

    private static final Duration PAUSE = Duration.ofSeconds(10);

    private long now = Long.MAX_VALUE - 5;
    private final LineLimit limit = new LineLimit(PAUSE, () -> now);

    @Test
    @DisplayName("a line is due at once and after each pause, and reports what was held back")
    void aLineIsDueAtOnceAndAfterEachPause() {
        assertThat(limit.remaining()).isZero();
        assertThat(limit.admit(3)).isEqualTo(3);
        assertThat(limit.remaining()).isEqualTo(PAUSE);
        assertThat(limit.admit(4)).isZero();
        now += PAUSE.toNanos() - 1;
        assertThat(limit.remaining()).isEqualTo(Duration.ofNanos(1));
        assertThat(limit.admit(5)).isZero();
        now++;
        assertThat(limit.remaining()).isZero();
        assertThat(limit.admit(6)).isEqualTo(4 + 5 + 6);
        assertThat(limit.admit(1)).as("the next pause has begun").isZero();
    }

    @Test
    @DisplayName("the end of a pause takes what was held back, and begins a pause only if there was something")
    void theEndOfAPauseTakesWhatWasHeldBack() {
        limit.admit(1);
        limit.admit(2);
        assertThat(limit.admit(0)).as("within the pause").isZero();
        now += PAUSE.toNanos();
        assertThat(limit.admit(0)).isEqualTo(2);
        now += PAUSE.toNanos();
        assertThat(limit.admit(0)).as("nothing was held back").isZero();
        assertThat(limit.admit(7)).isEqualTo(7);
    }

    @Test
    @DisplayName("a line has the number of those before it that were logged at DEBUG")
    void aLineHasTheNumberOfThoseBeforeIt() {
        Logger logger = LoggerFactory.getLogger("dev.qmp.test.linelimit");
        try (LogRecorder recorded = LogRecorder.of(logger.getName())) {
            for (int line = 1; line <= 3; line++) {
                limit.log(logger, Level.WARN, "line {}", line);
            }
            now += PAUSE.toNanos();
            limit.log(logger, Level.WARN, "line {}", 4);
            assertThat(recorded.at(ch.qos.logback.classic.Level.WARN))
                    .containsExactly("line 1", "line 4; 2 others before it");
            assertThat(recorded.at(ch.qos.logback.classic.Level.DEBUG)).containsExactly("line 2", "line 3");
        }
    }
}
