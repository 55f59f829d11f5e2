package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.LogRecorder;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** How often second peers are logged, on a clock of the test's own. */
class SecondPeerLogTests {

    private static final String LOGGER = "dev.qmp.test.secondpeer";

    private long now;
    private final SecondPeerLog log = new SecondPeerLog(LoggerFactory.getLogger(LOGGER), () -> now);

    private void peers(int count) {
        for (int peer = 0; peer < count; peer++) {
            log.closed(Endpoint.tcp("localhost", 4444), "peer " + peer);
        }
    }

    @Test
    @DisplayName("a peer that connects again and again fills no log, and the next line has the number")
    void input14SecondPeersFillNoLog() {
        try (LogRecorder recorded = LogRecorder.of(LOGGER)) {
            peers(1000);
            assertThat(recorded.at(Level.WARN)).hasSize(1);
            now += TimeUnit.SECONDS.toNanos(10);
            peers(1);
            assertThat(recorded.at(Level.WARN)).hasSize(2);
            assertThat(recorded.at(Level.WARN).get(1)).contains("peer 0; 999 others before it");
        }
    }
}
