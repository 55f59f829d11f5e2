package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.testing.LogRecorder;
import java.util.ArrayDeque;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Lost events in the log, with the end of each pause decided by the test. */
class LossLogTests {

    private final LogRecorder recorder = LogRecorder.of("loss-log");
    private final Queue<Runnable> pauses = new ArrayDeque<>();
    private long now = Long.MAX_VALUE - 5;
    private final LossLog log = new LossLog(LoggerFactory.getLogger("loss-log"), () -> now, pauses::add);

    @AfterEach
    void stop() {
        recorder.close();
    }

    @Test
    @DisplayName("the sum of a burst is logged when the pause ends, although nothing is lost any more")
    void input14TheSumOfABurstIsLoggedWhenThePauseEnds() {
        for (int i = 0; i < 1000; i++) {
            log.add(1);
        }
        assertThat(recorder.at(Level.WARN)).containsExactly(line(1));
        endPause();
        assertThat(recorder.at(Level.WARN)).containsExactly(line(1), line(999));
        endPause();
        assertThat(pauses).isEmpty();
        assertThat(recorder.at(Level.WARN)).hasSize(2);
    }

    @Test
    @DisplayName("a loss after a quiet pause is logged at once")
    void input14ALossAfterAPauseIsLoggedAtOnce() {
        log.add(3);
        endPause();
        log.add(4);
        assertThat(recorder.at(Level.WARN)).containsExactly(line(3), line(4));
    }

    private void endPause() {
        now += LossLog.PAUSE.toNanos();
        pauses.remove().run();
    }

    private static String line(long lost) {
        return lost + " events were lost, because a callback or a subscriber was too slow";
    }
}
