package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Failures of the application's code in the log: each kind at once, its repetitions as a number. */
class FailureLogTests {

    private final LogRecorder recorder = LogRecorder.of("failure-log");
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final FailureLog log = new FailureLog(LoggerFactory.getLogger("failure-log"), now::get);

    @AfterEach
    void stop() {
        recorder.close();
    }

    @Test
    void input14AFailureHidesNoFailureOfAnotherKind() {
        log.failed("A callback failed", "STOP", new IllegalStateException());
        log.failed("A callback failed", "STOP", new IllegalArgumentException());
        log.failed("An observer failed", "STOP", new IllegalStateException());
        assertThat(recorder.at(Level.ERROR))
                .containsExactly(
                        "A callback failed at STOP", "A callback failed at STOP", "An observer failed at STOP");
        assertThat(recorder.hasTraceAt(Level.ERROR)).isTrue();
    }

    @Test
    void input14RepetitionsAreHeldBackAndCounted() {
        for (int i = 0; i < 1000; i++) {
            log.failed("A callback failed", "STOP", new IllegalStateException());
        }
        assertThat(recorder.at(Level.ERROR)).hasSize(1);
        assertThat(recorder.at(Level.DEBUG)).hasSize(999);
        now.addAndGet(Duration.ofSeconds(10).toNanos());
        log.failed("A callback failed", "STOP", new IllegalStateException());
        assertThat(recorder.at(Level.ERROR))
                .containsExactly(
                        "A callback failed at STOP", "A callback failed at STOP; 999 more like this were held back");
    }

    @Test
    void input14KindsWithoutEndTakeNoMemoryWithoutEnd() {
        for (int i = 0; i < 200; i++) {
            log.failed("Callback " + i + " failed", "STOP", new IllegalStateException());
        }
        log.failed("Callback 199 failed", "STOP", new IllegalStateException());
        log.failed("Callback 0 failed", "STOP", new IllegalStateException());
        assertThat(recorder.at(Level.ERROR)).hasSize(201);
    }
}
