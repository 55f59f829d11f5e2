package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.Resources;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;

/** A whole application and real machines. */
@RequiresQemu
class SpringQemuIntegrationTests {

    /** How often a machine is killed and comes back. */
    private static final int ROUNDS = Integer.getInteger("test.rounds", 100);

    private static final Duration SOON = Duration.ofSeconds(60);
    /** The timeouts of a client. With them, a wait for a machine takes longer than {@link #SOON}. */
    private static final String[] PATIENT = {
        "--qmp.defaults.connect-timeout=5m",
        "--qmp.defaults.handshake-timeout=5m",
        "--qmp.defaults.command-timeout=5m",
        "--qmp.defaults.liveness-timeout=5m"
    };

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
    void eventsOfTheMachineReachListenersInOrder() {
        try (Qemu qemu = Qemu.start();
                ConfigurableApplicationContext application = start("vm1", qemu)) {
            upWithin(SOON, application, "vm1");
            QmpClient client = application.getBean(QmpClient.class);
            ApplicationEventsTests.Listeners listeners = application.getBean(ApplicationEventsTests.Listeners.class);
            client.blocking().execute("stop");
            client.blocking().execute("cont");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(listeners.names).containsExactly("vm1 STOP", "vm1 RESUME"));
            assertThat(client.blocking().execute("query-status").get("status").asString())
                    .isEqualTo("running");
            assertThat(client.blocking().execute("query-qmp-schema").size()).isGreaterThan(500);
        }
    }

    @Test
    void aMachineThatIsKilledIsDownAtOnceAndUpAgainWhenItIsBack() {
        try (Qemu qemu = Qemu.start();
                ConfigurableApplicationContext application =
                        start("vm1", qemu, patient("--qmp.connection.vm1.reconnect.max-delay=100ms"))) {
            QmpClient client = application.getBean(QmpClient.class);
            ApplicationEventsTests.Listeners listeners = application.getBean(ApplicationEventsTests.Listeners.class);
            Resources before = null;
            for (int round = 0; round < ROUNDS; round++) {
                upWithin(SOON, application, "vm1");
                client.blocking().execute("stop");
                int heard = round + 1;
                Awaitility.await().until(() -> listeners.names.size() == heard);
                if (round == 1) {
                    before = Resources.now();
                }
                qemu.freeze();
                Future<?> underWay = client.execute("query-status");
                Awaitility.await().until(() -> client.status().pending() == 1);
                qemu.kill();
                Awaitility.await()
                        .atMost(SOON)
                        .until(() -> vm(application, "vm1").getStatus().equals(Status.DOWN));
                assertThat(underWay)
                        .failsWithin(SOON)
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

    /**
     * One machine is not there; one accepts and sends nothing, as a stopped QEMU does. The start waits for neither.
     */
    @Test
    void deadMachinesConcernNeitherTheStartNorTheOthers() {
        try (Qemu first = Qemu.start();
                Qemu second = Qemu.start();
                Qemu frozen = Qemu.start()) {
            frozen.freeze();
            try (ConfigurableApplicationContext application = start(
                    "vm1",
                    first,
                    patient(
                            "--qmp.connection.vm2.address=" + second.endpoint(),
                            "--qmp.connection.frozen.address=" + frozen.endpoint(),
                            "--qmp.connection.dead.address=unix:/tmp/there-is-no-such-machine.qmp",
                            "--qmp.defaults.disconnect-timeout=100ms"))) {
                QmpClients clients = application.getBean(QmpClients.class);
                assertThat(clients.get("frozen").status().lastError())
                        .as("a failed attempt, for which the start has waited")
                        .isNull();
                upWithin(SOON, application, "vm1");
                upWithin(SOON, application, "vm2");
                Awaitility.await()
                        .until(() -> vm(application, "dead").getStatus().equals(Status.DOWN));
                assertThat(vm(application, "frozen").getStatus()).isEqualTo(Status.DOWN);
                for (int i = 0; i < 100; i++) {
                    assertThat(clients.get("vm1").execute("query-status")).succeedsWithin(SOON);
                    assertThat(clients.get("vm2").execute("query-status")).succeedsWithin(SOON);
                }
                assertThat(clients.get("frozen").runstate()).isEqualTo(Runstate.CONNECTING);
            }
            frozen.thaw();
        }
    }

    @Test
    void theApplicationStopsInTimeWhileTheMachineIsFrozen() {
        try (Qemu qemu = Qemu.start()) {
            ConfigurableApplicationContext application =
                    start("vm1", qemu, "--qmp.connection.vm1.disconnect-timeout=500ms");
            upWithin(SOON, application, "vm1");
            qemu.freeze();
            QmpClient client = application.getBean(QmpClient.class);
            client.execute("query-status");
            try (LogRecorder log = LogRecorder.of("dev.qmp.protocol")) {
                application.close();
                assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
                assertThat(log.at(Level.WARN))
                        .containsExactly("vm1: Messages are still under way after 500 ms; closing");
            }
            qemu.thaw();
        }
    }

    /** All of them hang in sessions; what is asked over HTTP is answered from memory, and asks no machine. */
    @Test
    void healthIsAnsweredWhileAllMachinesAreFrozen() throws Exception {
        try (Qemu first = Qemu.start();
                Qemu second = Qemu.start();
                ConfigurableApplicationContext application = start(
                        "vm1",
                        first,
                        patient(
                                "--qmp.connection.vm2.address=" + second.endpoint(),
                                "--qmp.defaults.disconnect-timeout=100ms",
                                "--qmp.health.guest-status.enabled=true"))) {
            upWithin(SOON, application, "vm1");
            upWithin(SOON, application, "vm2");
            Map<String, QmpClient> clients =
                    application.getBean(QmpClients.class).asMap();
            Awaitility.await().until(() -> Stream.of("vm1", "vm2")
                    .allMatch(name -> vm(application, name).getDetails().containsKey("guestStatus")));
            first.freeze();
            second.freeze();
            String port = application.getEnvironment().getRequiredProperty("local.server.port");
            HttpRequest health = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/health"))
                    .timeout(SOON)
                    .build();
            HttpClient http = HttpClient.newHttpClient();
            for (int i = 0; i < 50; i++) {
                assertThat(http.send(health, BodyHandlers.ofString()).body()).contains("\"status\":\"UP\"");
            }
            assertThat(clients.values()).extracting(QmpClient::status).allSatisfy(status -> {
                assertThat(status.queued()).isZero();
                assertThat(status.pending()).isZero();
            });
            first.thaw();
            second.thaw();
        }
    }

    /** {@return the arguments, and those of clients whose timeouts never pass in a test} */
    private static String[] patient(String... arguments) {
        return Stream.concat(Stream.of(PATIENT), Stream.of(arguments)).toArray(String[]::new);
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
