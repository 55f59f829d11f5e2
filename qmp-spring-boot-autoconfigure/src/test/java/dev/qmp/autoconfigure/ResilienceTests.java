package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.testing.Resources;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

/** A machine that dies and comes back many times costs nothing that stays. */
class ResilienceTests {

    private static final int ROUNDS = 100;
    private static final int WARM = 10;

    @Test
    void aHundredLossesLeaveNoThreadAndNoFileBehind() {
        try (TestMonitor monitor = TestMonitor.started();
                ConfigurableApplicationContext application = SmallApplication.start(
                        "--qmp.connection.vm1.address=" + monitor.address(),
                        "--qmp.defaults.reconnect.initial-delay=5ms",
                        "--qmp.defaults.reconnect.max-delay=20ms",
                        "--spring.main.sources=" + ApplicationEventsTests.Listeners.class.getName())) {
            QmpClient client = application.getBean(QmpClient.class);
            ApplicationEventsTests.Listeners listeners = application.getBean(ApplicationEventsTests.Listeners.class);
            running(client);
            Resources before = Resources.now();
            for (int round = 1; round <= ROUNDS; round++) {
                if (round == WARM) {
                    before = Resources.now();
                }
                lose(monitor, client, round % 2 == 0);
                client.blocking().execute("stop");
                int heard = round;
                Awaitility.await().until(() -> listeners.names.size() == heard);
            }
            assertThat(client.status().reconnects()).isEqualTo(ROUNDS);
            Resources.assertNotMoreThan(before);
        }
    }

    @Test
    void connectionsThatComeAndGoLeaveNothingBehind() {
        try (TestMonitor monitor = TestMonitor.started();
                ConfigurableApplicationContext application = SmallApplication.start()) {
            QmpClients clients = application.getBean(QmpClients.class);
            Resources before = Resources.now();
            for (int round = 1; round <= ROUNDS; round++) {
                running(clients.add("vm", monitor.address()));
                assertThat(clients.remove("vm")).succeedsWithin(Duration.ofSeconds(5));
                if (round == WARM) {
                    before = Resources.now();
                }
            }
            Resources.assertNotMoreThan(before);
        }
    }

    private static void lose(TestMonitor monitor, QmpClient client, boolean machineToo) {
        long losses = client.status().reconnects();
        if (machineToo) {
            monitor.stop();
            Awaitility.await().pollInterval(Duration.ofMillis(2)).until(() -> client.runstate() != Runstate.RUNNING);
            monitor.start();
        } else {
            monitor.server().disconnectClient().join();
        }
        Awaitility.await()
                .pollInterval(Duration.ofMillis(2))
                .until(() -> client.status().reconnects() == losses + 1);
    }

    private static void running(QmpClient client) {
        Awaitility.await().pollInterval(Duration.ofMillis(2)).until(() -> client.runstate() == Runstate.RUNNING);
    }
}
