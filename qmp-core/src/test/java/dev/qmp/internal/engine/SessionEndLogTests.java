package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.testing.LogRecorder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log says of sessions that end, on a clock held by hand. */
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
            log.ended(ConnectionLostException.endOfStream());
            now += TimeUnit.MILLISECONDS.toNanos(100);
        }
        assertThat(recorder.at(Level.INFO)).hasSize(2);
        assertThat(recorder.at(Level.DEBUG)).hasSize(98);
    }

    @Test
    @DisplayName("S29 S30 #21 that one was closed does not hide that the next one failed")
    void tellsEachLevelOnItsOwn() {
        log.ended(ConnectionLostException.endOfStream());
        log.ended(new IOException("cable"));
        log.ended(new IOException("cable"));
        assertThat(recorder.at(Level.INFO)).hasSize(1);
        assertThat(recorder.at(Level.ERROR)).containsExactly("The session failed: IOException: cable");
        assertThat(recorder.hasTraceAt(Level.DEBUG)).isTrue();
    }
}
