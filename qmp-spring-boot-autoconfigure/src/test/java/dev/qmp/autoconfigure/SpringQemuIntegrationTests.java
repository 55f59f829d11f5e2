package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Resources;
import dev.qmp.testing.Tool;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;

/** A whole application and real machines. */
@RequiresTool(Tool.QEMU)
class SpringQemuIntegrationTests {

    /** How often a machine is killed and comes back. */
    private static final int ROUNDS = Integer.getInteger("qmp.test.rounds", 100);

    private static final Duration SOON = Duration.ofSeconds(3);
    private static final Duration A_SECOND = Duration.ofSeconds(1);

    @Test
    void theApplicationIsUpBeforeItsMachineAndFindsItByItself() {
        try (Qemu qemu = Qemu.prepare();
                ConfigurableApplicationContext application = start("vm1", qemu)) {
            Awaitility.await().until(() -> vm(application, "vm1").getDetails().containsKey("lastError"));
            assertThat(vm(application, "vm1").getStatus()).isEqualTo(Status.DOWN);
            qemu.restart();
            upWithin(SOON, application, "vm1");
            assertThat(vm(application, "vm1").getDetails())
                    .containsKeys("runstate", "since", "qemuVersion", "queueDepth", "reconnectAttempts")
                    .doesNotContainKey("lastError");
        }
    }

    @Test
    void eventsOfTheMachineAreHeardBeforeTheCallerOfTheirCommandContinues() {
        try (Qemu qemu = Qemu.start();
                ConfigurableApplicationContext application = start("vm1", qemu)) {
            upWithin(SOON, application, "vm1");
            QmpClient client = application.getBean(QmpClient.class);
            ApplicationEventsTests.Listeners listeners = application.getBean(ApplicationEventsTests.Listeners.class);
            client.blocking().execute("stop");
            assertThat(listeners.names).containsExactly("vm1 STOP");
            client.blocking().execute("cont");
            assertThat(listeners.names).containsExactly("vm1 STOP", "vm1 RESUME");
            assertThat(client.blocking().execute("query-status").get("status").asString())
                    .isEqualTo("running");
            assertThat(client.blocking().execute("query-qmp-schema").size()).isGreaterThan(500);
        }
    }

    @Test
    void aMachineThatIsKilledIsDownAtOnceAndUpAgainWhenItIsBack() {
        try (Qemu qemu = Qemu.start();
                ConfigurableApplicationContext application =
                        start("vm1", qemu, "--qmp.connection.vm1.reconnect.max-delay=100ms")) {
            QmpClient client = application.getBean(QmpClient.class);
            ApplicationEventsTests.Listeners listeners = application.getBean(ApplicationEventsTests.Listeners.class);
            Resources before = null;
            for (int round = 0; round < ROUNDS; round++) {
                upWithin(SOON, application, "vm1");
                client.blocking().execute("stop");
                assertThat(listeners.names).hasSize(round + 1);
                if (round == 1) {
                    before = Resources.now();
                }
                qemu.freeze();
                Future<?> underWay = client.execute("query-status");
                Awaitility.await().until(() -> client.status().pending() == 1);
                qemu.kill();
                Awaitility.await()
                        .atMost(A_SECOND)
                        .until(() -> vm(application, "vm1").getStatus().equals(Status.DOWN));
                assertThat(underWay)
                        .failsWithin(A_SECOND)
                        .withThrowableOfType(ExecutionException.class)
                        .withCauseInstanceOf(OutcomeUnknownException.class);
                assertThatExceptionOfType(NotSentException.class)
                        .isThrownBy(() -> client.blocking().execute("query-status"));
                qemu.restart();
            }
            upWithin(SOON, application, "vm1");
            Resources.assertNotMoreThan(before);
        }
    }

    @Test
    void aDeadMachineDoesNotConcernTheOthers() {
        try (Qemu first = Qemu.start();
                Qemu second = Qemu.start();
                ConfigurableApplicationContext application = start(
                        "vm1",
                        first,
                        "--qmp.connection.vm2.address=" + second.endpoint(),
                        "--qmp.connection.dead.address=unix:/tmp/there-is-no-such-machine.qmp")) {
            upWithin(SOON, application, "vm1");
            upWithin(SOON, application, "vm2");
            assertThat(vm(application, "dead").getStatus()).isEqualTo(Status.DOWN);
            QmpClients clients = application.getBean(QmpClients.class);
            clients.get("vm1").blocking().execute("query-status");
            long start = System.nanoTime();
            clients.get("vm1").blocking().execute("query-status");
            clients.get("vm2").blocking().execute("query-status");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void theApplicationStopsInTimeWhileTheMachineIsFrozen() {
        try (Qemu qemu = Qemu.start()) {
            ConfigurableApplicationContext application =
                    start("vm1", qemu, "--qmp.connection.vm1.disconnect-timeout=500ms");
            upWithin(SOON, application, "vm1");
            qemu.freeze();
            application.getBean(QmpClient.class).execute("query-status");
            long start = System.nanoTime();
            application.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
            qemu.thaw();
        }
    }

    private static ConfigurableApplicationContext start(String name, Qemu qemu, String... more) {
        String[] arguments = new String[more.length + 3];
        arguments[0] = "--qmp.connection." + name + ".address=" + qemu.endpoint();
        arguments[1] = "--qmp.defaults.reconnect.max-delay=1s";
        arguments[2] = "--spring.main.sources=" + ApplicationEventsTests.Listeners.class.getName();
        System.arraycopy(more, 0, arguments, 3, more.length);
        return SmallApplication.start(arguments);
    }

    private static void upWithin(Duration time, ConfigurableApplicationContext application, String connection) {
        Awaitility.await().atMost(time).pollInterval(Duration.ofMillis(10)).until(() -> vm(application, connection)
                .getStatus()
                .equals(Status.UP));
    }

    private static IndicatedHealthDescriptor vm(ConfigurableApplicationContext application, String connection) {
        return (IndicatedHealthDescriptor)
                application.getBean(HealthEndpoint.class).healthForPath("qmp", connection);
    }
}
