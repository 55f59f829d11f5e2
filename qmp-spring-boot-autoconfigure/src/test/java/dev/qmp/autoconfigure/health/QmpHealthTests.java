package dev.qmp.autoconfigure.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.node.JsonNodeFactory;

class QmpHealthTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    QmpAutoConfiguration.class,
                    QmpHealthContributorAutoConfiguration.class,
                    HealthContributorAutoConfiguration.class,
                    HealthContributorRegistryAutoConfiguration.class,
                    HealthEndpointAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void aSessionIsUpWithItsDetails() {
        runner.run(context -> {
            running(context);
            IndicatedHealthDescriptor vm1 = health(context, "vm1");
            assertThat(vm1.getStatus()).isEqualTo(Status.UP);
            assertThat(vm1.getDetails())
                    .containsOnlyKeys(
                            "runstate", "since", "qemuVersion", "queueDepth", "reconnectAttempts", "reconnecting")
                    .containsEntry("runstate", Runstate.RUNNING)
                    .containsEntry("qemuVersion", "7.2.22")
                    .containsEntry("queueDepth", 0)
                    .containsEntry("reconnectAttempts", 0)
                    .containsEntry("reconnecting", true)
                    .hasEntrySatisfying(
                            "since", since -> assertThat((Instant) since).isBeforeOrEqualTo(Instant.now()));
        });
    }

    @Test
    void aMachineThatIsAbsentIsDownAndSaysWhy() {
        monitor.stop();
        runner.run(context -> {
            Awaitility.await().until(() -> health(context, "vm1").getDetails().containsKey("lastError"));
            assertThat(health(context, "vm1").getStatus()).isEqualTo(Status.DOWN);
            assertThat(context.getBean(HealthEndpoint.class).health().getStatus())
                    .isEqualTo(Status.DOWN);
        });
    }

    @Test
    void aConnectionNobodyWantedYetIsUnknown() {
        runner.withPropertyValues("qmp.connection.vm1.auto-startup=false")
                .run(context -> assertThat(health(context, "vm1").getStatus()).isEqualTo(Status.UNKNOWN));
    }

    @Test
    void componentsAreKeyedByTheNamesOfTheConnections() {
        runner.withPropertyValues("qmp.connection.vm-2.address=tcp:localhost:1").run(context -> {
            CompositeHealthDescriptor qmp = (CompositeHealthDescriptor)
                    context.getBean(HealthEndpoint.class).healthForPath("qmp");
            assertThat(qmp.getComponents()).containsOnlyKeys("vm1", "vm-2");
        });
    }

    @Test
    @DisplayName("#79 health answers at once while the machine hangs")
    void healthAnswersAtOnceWhileTheMachineHangs() {
        CountDownLatch never = new CountDownLatch(1);
        monitor.server().handle("hang", command -> {
            never.await();
            return JsonNodeFactory.instance.objectNode();
        });
        runner.withPropertyValues("qmp.connection.vm1.disconnect-timeout=100ms").run(context -> {
            QmpClient client = running(context);
            client.execute("hang");
            Awaitility.await().until(() -> !monitor.server().received().isEmpty());
            health(context, "vm1");
            long start = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                assertThat(health(context, "vm1").getStatus()).isEqualTo(Status.UP);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(30)); // asking waits for 60 s
            assertThat(monitor.server().received())
                    .extracting(command -> command.name())
                    .containsExactly("hang");
        });
        never.countDown();
    }

    @Test
    void itCanBeSwitchedOff() {
        runner.withPropertyValues("management.health.qmp.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("qmpHealthContributor"));
    }

    @Test
    void itCanBeReplaced() {
        runner.withBean("qmpHealthIndicator", Replacement.class)
                .run(context -> assertThat(context).doesNotHaveBean(QmpHealthContributor.class));
    }

    @Test
    void withoutConnectionsThereIsNoComponent() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        QmpAutoConfiguration.class,
                        QmpHealthContributorAutoConfiguration.class,
                        HealthContributorAutoConfiguration.class,
                        HealthContributorRegistryAutoConfiguration.class,
                        HealthEndpointAutoConfiguration.class))
                .run(context -> {
                    CompositeHealthDescriptor all = (CompositeHealthDescriptor)
                            context.getBean(HealthEndpoint.class).health();
                    assertThat(all.getComponents()).doesNotContainKey("qmp");
                });
    }

    private static QmpClient running(AssertableApplicationContext context) {
        QmpClient client = context.getBean(QmpClient.class);
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }

    private static IndicatedHealthDescriptor health(AssertableApplicationContext context, String connection) {
        return (IndicatedHealthDescriptor) context.getBean(HealthEndpoint.class).healthForPath("qmp", connection);
    }

    static class Replacement implements HealthIndicator {

        @Override
        public Health health() {
            return Health.up().build();
        }
    }
}
