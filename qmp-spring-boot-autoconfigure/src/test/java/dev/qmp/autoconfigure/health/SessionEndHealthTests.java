package dev.qmp.autoconfigure.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.SessionEnd;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.autoconfigure.endpoint.QmpEndpoint;
import dev.qmp.autoconfigure.endpoint.QmpEndpointAutoConfiguration;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpSessionEndedEvent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

/** Which ends of sessions, and how many lost connections, make an application unhealthy. */
class SessionEndHealthTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    QmpAutoConfiguration.class,
                    QmpEndpointAutoConfiguration.class,
                    QmpHealthContributorAutoConfiguration.class,
                    HealthContributorAutoConfiguration.class,
                    HealthContributorRegistryAutoConfiguration.class,
                    HealthEndpointAutoConfiguration.class))
            .withPropertyValues(
                    "management.endpoints.jmx.exposure.include=qmp",
                    "spring.jmx.enabled=true",
                    "management.endpoint.qmp.show-values=always",
                    "qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @ParameterizedTest
    @CsvSource({
        "guest-shutdown, SHUT_DOWN_BY_GUEST, SHUT_DOWN",
        "host-qmp-quit, SHUT_DOWN_BY_COMMAND, SHUT_DOWN",
        "host-signal, SHUT_DOWN_BY_HOST, SHUT_DOWN",
        "guest-panic, CRASHED, DOWN",
        ", CONNECTION_LOST, DOWN",
    })
    void input12HealthEndpointAndEventsTellAPowerOffFromACrash(String reason, SessionEnd.Kind kind, String status) {
        runner.withUserConfiguration(Ends.class).run(context -> {
            running(context);
            if (reason != null) {
                monitor.server()
                        .emit(QmpEvent.of("SHUTDOWN", Map.of("guest", reason.startsWith("guest"), "reason", reason)));
            }
            monitor.stop();
            awaitFailedAttempt(context);

            IndicatedHealthDescriptor vm1 = health(context, "vm1");
            assertThat(vm1.getStatus().getCode()).isEqualTo(status);
            assertThat(vm1.getDetails())
                    .containsKeys("downSince", "lastError")
                    .hasEntrySatisfying("lastEnd", detail -> {
                        Map<?, ?> end = (Map<?, ?>) detail;
                        assertThat(end.get("kind")).isEqualTo(kind);
                        assertThat(end.get("reason")).isEqualTo(reason);
                    });
            QmpEndpoint.ConnectionDescriptor shown =
                    context.getBean(QmpEndpoint.class).connection("vm1");
            assertThat(shown).isNotNull();
            assertThat(shown.lastEnd()).isNotNull();
            assertThat(shown.lastEnd().kind()).isEqualTo(kind);
            assertThat(shown.lastEnd().reason()).isEqualTo(reason);
            assertThat(shown.downSince()).isBeforeOrEqualTo(Instant.now());
            Queue<QmpSessionEndedEvent> ends = context.getBean(Ends.class).seen;
            Awaitility.await().until(() -> !ends.isEmpty());
            assertThat(ends).singleElement().satisfies(event -> {
                assertThat(event.getConnectionName()).isEqualTo("vm1");
                assertThat(event.getEnd().kind()).isEqualTo(kind);
                assertThat(event.getEnd().shutdownReason()).isEqualTo(reason);
            });
        });
    }

    @Test
    void input12ALateListenerGetsTheEndOfEachSession() {
        runner.withUserConfiguration(Ends.class).run(context -> {
            Ends ends = context.getBean(Ends.class);
            ends.mayContinue = new CountDownLatch(1);
            for (String reason : List.of("guest-shutdown", "host-qmp-quit", "guest-panic")) {
                running(context);
                long reconnects = client(context).status().reconnects();
                monitor.server().emit(QmpEvent.of("SHUTDOWN", Map.of("guest", true, "reason", reason)));
                monitor.server().disconnectClient();
                Awaitility.await().until(() -> client(context).status().reconnects() > reconnects);
            }
            assertThat(ends.seen).isEmpty();
            ends.mayContinue.countDown();
            Awaitility.await().until(() -> ends.seen.size() == 3);
            assertThat(ends.seen)
                    .extracting(event -> event.getEnd().shutdownReason())
                    .containsExactly("guest-shutdown", "host-qmp-quit", "guest-panic");
        });
    }

    @Test
    void input12AMachineThatWasShutDownCountsIfItIsToCount() {
        runner.withPropertyValues("qmp.health.count-shut-down=true").run(context -> {
            running(context);
            monitor.server().emit(QmpEvent.of("SHUTDOWN", Map.of("guest", true, "reason", "guest-shutdown")));
            monitor.stop();
            awaitFailedAttempt(context);
            assertThat(health(context, "vm1").getStatus()).isEqualTo(Status.DOWN);
        });
    }

    @Test
    void input12AMachineThatWasShutDownIsDownWhenAnotherOneIsInItsPlace() {
        monitor.stop();
        monitor.start("00000000-0000-0000-0000-000000000001");
        runner.run(context -> {
            running(context);
            monitor.server().emit(QmpEvent.of("SHUTDOWN", Map.of("guest", true, "reason", "guest-shutdown")));
            monitor.stop();
            awaitFailedAttempt(context);
            assertThat(health(context, "vm1").getStatus().getCode()).isEqualTo("SHUT_DOWN");
            monitor.start("00000000-0000-0000-0000-000000000002");
            Awaitility.await().until(() -> !client(context).status().reconnecting());
            assertThat(health(context, "vm1").getStatus()).isEqualTo(Status.DOWN);
        });
    }

    @Test
    void input32TheTimeOfTheLossStaysWhileAttemptsFail() {
        runner.run(context -> {
            running(context);
            monitor.stop();
            awaitFailedAttempt(context);
            Object since = health(context, "vm1").getDetails().get("downSince");
            int attempts = client(context).status().reconnectAttempts();
            Awaitility.await().until(() -> client(context).status().reconnectAttempts() > attempts);
            assertThat(health(context, "vm1").getDetails()).containsEntry("downSince", since);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "all, *, DOWN, DOWN",
        "2, *, DOWN, DOWN",
        "51%, *, DOWN, DOWN",
        "any, *, UP, DOWN_TOLERATED",
        "1, *, UP, DOWN_TOLERATED",
        "50%, *, UP, DOWN_TOLERATED",
        "none, *, UP, DOWN_TOLERATED",
        "all, vm*, UP, DOWN_TOLERATED",
        "any, gone, DOWN, DOWN",
        "9, gone, DOWN, DOWN",
    })
    void input38TheConfigurationChoosesHowManyConnectionsAndWhichMustBeUp(
            String required, String connections, String all, String gone) {
        runner.withPropertyValues(
                        "qmp.connection.gone.address=unix:/tmp/qmp-nobody.sock",
                        "qmp.health.required=" + required,
                        "qmp.health.connections=" + connections)
                .run(context -> {
                    running(context);
                    QmpClient lost = context.getBean("gone", QmpClient.class);
                    Awaitility.await().until(() -> lost.status().lastError() != null);
                    CompositeHealthDescriptor qmp = (CompositeHealthDescriptor)
                            context.getBean(HealthEndpoint.class).healthForPath("qmp");
                    assertThat(qmp.getStatus().getCode()).isEqualTo(all);
                    assertThat(qmp.getComponents().get("gone").getStatus().getCode())
                            .isEqualTo(gone);
                    assertThat(health(context, "gone").getStatus())
                            .as("asked for alone")
                            .isEqualTo(Status.DOWN);
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"most", "-1", "101%", ""})
    void input38ARuleThatIsNoneStopsTheStart(String required) {
        runner.withPropertyValues("qmp.health.required=" + required)
                .run(context ->
                        assertThat(context).getFailure().rootCause().hasMessageContaining("qmp.health.required"));
    }

    private static void awaitFailedAttempt(AssertableApplicationContext context) {
        Awaitility.await().until(() -> client(context).status().reconnectAttempts() > 0);
    }

    private static QmpClient client(AssertableApplicationContext context) {
        return context.getBean("vm1", QmpClient.class);
    }

    private static void running(AssertableApplicationContext context) {
        Awaitility.await().until(() -> client(context).runstate() == Runstate.RUNNING);
    }

    private static IndicatedHealthDescriptor health(AssertableApplicationContext context, String connection) {
        return (IndicatedHealthDescriptor) context.getBean(HealthEndpoint.class).healthForPath("qmp", connection);
    }

    static class Ends {

        private final Queue<QmpSessionEndedEvent> seen = new ConcurrentLinkedQueue<>();
        private volatile CountDownLatch mayContinue = new CountDownLatch(0);

        @EventListener
        void ended(QmpSessionEndedEvent event) throws InterruptedException {
            mayContinue.await();
            seen.add(event);
        }
    }
}
