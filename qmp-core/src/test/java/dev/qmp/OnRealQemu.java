package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RunstateRecorder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** Clients of a real QEMU that has two monitors. */
@Timeout(60)
abstract class OnRealQemu {

    final Qemu qemu = Qemu.start();
    final List<QmpClient> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(QmpClient::close);
        qemu.close();
    }

    QmpClient client(Endpoint endpoint) {
        QmpClient client = QmpClient.builder(endpoint)
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofMillis(100))
                .build();
        clients.add(client);
        return client;
    }

    static List<Instant> attempts(RunstateRecorder runstates) {
        return runstates.changes().stream()
                .filter(change -> change.current() == Runstate.CONNECTING)
                .map(RunstateChange::at)
                .toList();
    }

    /** The first attempts are apart by so many milliseconds at least. */
    static void assertIntervals(List<Instant> attempts, List<Integer> least) {
        for (int i = 0; i < least.size(); i++) {
            assertThat(Duration.between(attempts.get(i), attempts.get(i + 1)))
                    .as("wait after attempt %s", i + 1)
                    .isGreaterThanOrEqualTo(Duration.ofMillis(least.get(i) - 10)); // two clocks
        }
    }
}
