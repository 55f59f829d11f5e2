package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Failures of the application's code in the log, on a clock held by hand: each kind at once, its repetitions as a sum.
 */
class FailureLogTests {

    private final LogRecorder recorder = LogRecorder.of("failure-log");
    private final ManualEventLoops clock = new ManualEventLoops();
    private long now = Long.MAX_VALUE - 5;
    private final FailureLog log = new FailureLog(LoggerFactory.getLogger("failure-log"), () -> now, clock::schedule);

    @AfterEach
    void stop() {
        recorder.close();
    }

    private void advance(Duration time) {
        now += time.toNanos();
        clock.advance(time);
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
        assertThat(clock.timers()).isZero();
    }

    @Test
    @DisplayName("the sum is logged when the pause ends, although nothing fails any more")
    void input14TheSumIsLoggedWhenThePauseEnds() {
        for (int i = 0; i < 1000; i++) {
            log.failed("A callback failed", "EVENT" + i, new IllegalStateException());
        }
        assertThat(recorder.at(Level.ERROR)).hasSize(1);
        assertThat(recorder.at(Level.DEBUG)).hasSize(999);
        advance(FailureLog.PAUSE);
        assertThat(recorder.at(Level.ERROR))
                .containsExactly(
                        "A callback failed at EVENT0",
                        "A callback failed: 999 more in the last 10 s, the last one at EVENT999");
        advance(FailureLog.PAUSE.multipliedBy(3));
        assertThat(recorder.at(Level.ERROR)).hasSize(2);
        assertThat(clock.timers()).isZero();
    }

    @Test
    @DisplayName("a failure that goes on is one line in ten seconds, and no failure is missing in the sums")
    void input14AFailureThatGoesOnIsOneLineInAPause() {
        for (int tenth = 0; tenth < 600; tenth++) {
            log.failed("A callback failed", "STOP", new IllegalStateException());
            advance(Duration.ofMillis(100));
        }
        List<String> lines = recorder.at(Level.ERROR);
        assertThat(lines).hasSizeBetween(6, 7);
        assertThat(lines.subList(1, lines.size()))
                .allMatch(line -> line.matches(".*: (99|100) more in the last 10 s, .*"));
        assertThat(recorder.at(Level.DEBUG)).hasSize(599);
    }

    @Test
    @DisplayName("a failure after a quiet pause is logged at once")
    void input14AFailureAfterThePauseIsLoggedAtOnce() {
        log.failed("A callback failed", "STOP", new IllegalStateException());
        advance(FailureLog.PAUSE);
        log.failed("A callback failed", "RESUME", new IllegalStateException());
        assertThat(recorder.at(Level.ERROR))
                .containsExactly("A callback failed at STOP", "A callback failed at RESUME");
    }

    @Test
    @DisplayName("kinds without end take neither memory nor lines without end, and the busiest kind stays")
    void input14KindsWithoutEndDropNoBusyKind() {
        log.failed("The busy one failed", "STOP", new IllegalStateException());
        for (int i = 0; i < 200; i++) {
            log.failed("Callback " + i + " failed", "STOP", new IllegalStateException());
            log.failed("The busy one failed", "STOP", new IllegalStateException());
        }
        assertThat(recorder.at(Level.ERROR)).hasSize(FailureLog.MAX_KINDS + 1).endsWith("Callback 63 failed at STOP");
        advance(FailureLog.PAUSE);
        assertThat(recorder.at(Level.ERROR))
                .hasSize(FailureLog.MAX_KINDS + 3)
                .contains(
                        "The busy one failed: 200 more in the last 10 s, the last one at STOP",
                        "Other failures: 136 more in the last 10 s, the last one at Callback 199 failed at STOP");
        log.failed("Something new failed", "STOP", new IllegalStateException());
        assertThat(recorder.at(Level.ERROR)).contains("Something new failed at STOP");
    }

    @Test
    @DisplayName("a late timer takes no sum that a failure has taken, and loses none of the pause after it")
    void aLateTimerLosesNoSum() {
        Queue<Runnable> timers = new ArrayDeque<>();
        FailureLog late =
                new FailureLog(LoggerFactory.getLogger("failure-log"), () -> now, (delay, task) -> timers.add(task));
        late.failed("A callback failed", "STOP", new IllegalStateException());
        late.failed("A callback failed", "STOP", new IllegalStateException());
        now += FailureLog.PAUSE.toNanos();
        late.failed("A callback failed", "RESUME", new IllegalStateException());
        late.failed("A callback failed", "RESUME", new IllegalStateException());
        assertThat(recorder.at(Level.ERROR))
                .containsExactly(
                        "A callback failed at STOP",
                        "A callback failed: 1 more in the last 10 s, the last one at STOP",
                        "A callback failed at RESUME");
        timers.remove().run();
        assertThat(recorder.at(Level.ERROR)).hasSize(3);
        now += FailureLog.PAUSE.toNanos();
        timers.remove().run();
        assertThat(recorder.at(Level.ERROR))
                .hasSize(4)
                .endsWith("A callback failed: 1 more in the last 10 s, the last one at RESUME");
        assertThat(timers).isEmpty();
    }

    @Test
    @DisplayName("a failure costs its caller nothing when no thread can be started for the sum")
    void noThreadForTheSum() {
        FailureLog threadless = new FailureLog(LoggerFactory.getLogger("failure-log"), () -> now, (delay, task) -> {
            throw new InternalError("unable to create native thread");
        });
        for (int i = 0; i < 3; i++) {
            threadless.failed("A callback failed", "STOP", new IllegalStateException());
        }
        now += FailureLog.PAUSE.toNanos();
        threadless.failed("A callback failed", "RESUME", new IllegalStateException());
        assertThat(recorder.at(Level.ERROR))
                .containsExactly(
                        "A callback failed at STOP",
                        "A callback failed: 2 more in the last 10 s, the last one at STOP",
                        "A callback failed at RESUME");
    }
}
