package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.SessionOutcome;
import dev.qmp.testing.LogRecorder;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The log of sessions that end, on a manual clock. */
class SessionEndLogTests {

    private final LogRecorder recorder = LogRecorder.of("dev.qmp.protocol.ends");
    private long now;
    private final SessionEndLog log = new SessionEndLog(LoggerFactory.getLogger("dev.qmp.protocol.ends"), () -> now);

    @AfterEach
    void close() {
        recorder.close();
    }

    @Test
    @DisplayName("#20 #21 sessions that end one after the other: one line in five seconds, the others at DEBUG")
    void doesNotFillTheLog() {
        for (int tenth = 0; tenth < 100; tenth++) {
            log.ended(null, ConnectionLostException.endOfStream(), Duration.ZERO);
            now += TimeUnit.MILLISECONDS.toNanos(100);
        }
        assertThat(recorder.at(Level.INFO)).hasSize(2);
        assertThat(recorder.at(Level.DEBUG)).hasSize(98);
    }

    @Test
    @DisplayName("S29 S30 #21 that one was closed does not hide that the next one failed")
    void tellsEachLevelOnItsOwn() {
        log.ended(null, ConnectionLostException.endOfStream(), Duration.ZERO);
        log.ended(null, new IOException("cable"), Duration.ZERO);
        log.ended(null, new IOException("cable"), Duration.ZERO);
        assertThat(recorder.at(Level.INFO)).hasSize(1);
        assertThat(recorder.at(Level.ERROR)).containsExactly("The session failed: IOException: cable");
        assertThat(recorder.hasTraceAt(Level.DEBUG)).isTrue();
    }

    private record Outcome(boolean isOrderly, String description) implements SessionOutcome {}

    @Test
    @DisplayName("an orderly end at INFO, any other at WARN; with the length of the session")
    void input12TheOutcomeDecidesTheLevel() {
        log.ended(new Outcome(true, "SHUT_DOWN"), new IOException("cable"), Duration.ofMillis(10_925_678));
        log.ended(new Outcome(false, "CRASHED"), new IOException("cable"), Duration.ofMillis(1250));
        assertThat(recorder.at(Level.INFO)).containsExactly("The session ended after 3h2m5s: SHUT_DOWN");
        assertThat(recorder.at(Level.WARN)).containsExactly("The session ended after 1.25s: CRASHED");
        assertThat(recorder.at(Level.ERROR)).isEmpty();
    }

    @Test
    @DisplayName("an end that was asked for needs no line if the protocol describes no outcome")
    void doesNotLogWhatWasAskedFor() {
        log.ended(null, null, Duration.ZERO);
        assertThat(recorder.everything()).isEmpty();
    }
}
