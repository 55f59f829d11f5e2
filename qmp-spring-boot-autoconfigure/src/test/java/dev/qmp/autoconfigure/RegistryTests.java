package dev.qmp.autoconfigure;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.health.QmpHealthContributorAutoConfiguration;
import dev.qmp.autoconfigure.metrics.QmpMetricsAutoConfiguration;
import dev.qmp.autoconfigure.observation.QmpObservationAutoConfiguration;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.spring.QmpConnection;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.Environment;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Machines that come and go while the application runs. */
class RegistryTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    QmpAutoConfiguration.class,
                    QmpHealthContributorAutoConfiguration.class,
                    MetricsAutoConfiguration.class,
                    ObservationAutoConfiguration.class,
                    QmpObservationAutoConfiguration.class,
                    QmpMetricsAutoConfiguration.class))
            .withBean(SimpleMeterRegistry.class)
            .withUserConfiguration(ApplicationEventsTests.Listeners.class);

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void aWaitForTheSessionOfAnAddedConnectionFindsItBegun() {
        runner.run(context -> {
            QmpClient added = context.getBean(QmpClients.class).add("vm9", monitor.address());
            assertThat(added.blocking().awaitRunning(Duration.ofSeconds(20))).isTrue();
        });
    }

    @Test
    void healthMetersAndEventsFollowAConnectionThatComesAndGoes() {
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            ApplicationEventsTests.Listeners listeners = context.getBean(ApplicationEventsTests.Listeners.class);
            CompositeHealthContributor health =
                    context.getBean("qmpHealthContributor", CompositeHealthContributor.class);

            QmpClient client = running(clients.add("vm9", monitor.address()));
            client.blocking().execute("stop");
            Awaitility.await().untilAsserted(() -> assertThat(listeners.names).containsExactly("vm9 STOP"));
            assertThat(((HealthIndicator) health.getContributor("vm9")).health().getStatus())
                    .isEqualTo(Status.UP);
            assertThat(meters.get("qmp.connection.state")
                            .tag("connection", "vm9")
                            .gauges())
                    .hasSize(4);
            assertThat(meters.get("qmp.events")
                            .tags("connection", "vm9", "event", "STOP")
                            .counter()
                            .count())
                    .isOne();

            assertThat(clients.remove("vm9"))
                    .succeedsWithin(Duration.ofSeconds(10))
                    .isEqualTo(true);
            assertThat(clients.names()).isEmpty();
            assertThat(health.stream()).isEmpty();
            assertThat(health.getContributor("vm9")).isNull();
            assertThat(meters.getMeters())
                    .noneMatch(meter -> meter.getId().getName().startsWith("qmp."));
            Awaitility.await().until(() -> !monitor.server().hasClient());
        });
    }

    @Test
    void removingDrainsTheCommandsUnderWay() {
        CountDownLatch gate = new CountDownLatch(1);
        monitor.server().handle("slow", command -> {
            gate.await();
            return JsonNodeFactory.instance.stringNode("done");
        });
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            QmpClient client = running(clients.add("vm9", monitor.address()));
            CompletableFuture<JsonNode> slow = client.execute("slow");
            Awaitility.await().until(() -> client.status().pending() == 1);
            CompletableFuture<Boolean> removed = clients.remove("vm9");
            assertThat(clients.find("vm9")).isEmpty();
            gate.countDown();
            assertThat(slow.join().asString()).isEqualTo("done");
            assertThat(removed.join()).isTrue();
        });
    }

    @Test
    void theMetersOfCommandsGoWhenTheLastOneIsDrained() {
        CountDownLatch gate = new CountDownLatch(1);
        monitor.server().handle("slow", command -> {
            gate.await();
            return JsonNodeFactory.instance.stringNode("done");
        });
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            QmpClient client = running(clients.add("vm9", monitor.address()));
            client.blocking().execute("query-status");
            CompletableFuture<JsonNode> slow = client.execute("slow");
            Awaitility.await().until(() -> client.status().pending() == 1);
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            assertThat(meters.get("qmp.commands").timers()).hasSize(1);
            CompletableFuture<Boolean> removed = clients.remove("vm9");
            gate.countDown();
            assertThat(slow.join().asString()).isEqualTo("done");
            assertThat(removed.join()).isTrue();
            assertThat(meters.getMeters())
                    .noneMatch(meter -> meter.getId().getName().startsWith("qmp."));
        });
    }

    @Test
    void theMetersOfAConnectionThatCameUnderTheNameOfAnotherStay() {
        CountDownLatch gate = new CountDownLatch(1);
        monitor.server().handle("slow", command -> {
            gate.await();
            return JsonNodeFactory.instance.stringNode("done");
        });
        try (TestMonitor second = TestMonitor.started()) {
            runner.run(context -> {
                QmpClients clients = context.getBean(QmpClients.class);
                QmpClient client = running(clients.add("vm9", monitor.address()));
                client.execute("slow");
                Awaitility.await().until(() -> client.status().pending() == 1);
                CompletableFuture<Boolean> removed = clients.remove("vm9");
                running(clients.add("vm9", second.address())).blocking().execute("query-status");
                gate.countDown();
                assertThat(removed.join()).isTrue();
                MeterRegistry meters = context.getBean(MeterRegistry.class);
                assertThat(meters.get("qmp.commands")
                                .tags("connection", "vm9", "command", "query-status")
                                .timer()
                                .count())
                        .isOne();
                assertThat(meters.get("qmp.commands.pending")
                                .tag("connection", "vm9")
                                .gauge()
                                .value())
                        .isZero();
            });
        }
    }

    @Test
    void aNameThatIsTakenLeavesTheConnectionThatHasItAlone() {
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            QmpClient first = running(clients.add("vm9", monitor.address()));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> clients.add("vm9", "tcp:localhost:1"))
                    .withMessageContaining("vm9");
            assertThat(clients.get("vm9")).isSameAs(first);
            assertThat(first.runstate()).isEqualTo(Runstate.RUNNING);
            clients.remove("vm9").join();
            running(clients.add("vm9", monitor.address()));
        });
    }

    /** A bean of the application can add connections before the client beans are created. */
    @Test
    void aConnectionOfTheConfigurationIsTakenBeforeItsClientExists() {
        runner.withPropertyValues("qmp.connection.vm1.address=" + monitor.address())
                .withBean(Early.class)
                .run(context -> {
                    assertThat(context.getBean(Early.class).refusals)
                            .containsExactly(
                                    "there is a QMP connection 'vm1' already",
                                    "QMP connection 'x' cannot have the address " + monitor.address()
                                            + ": QMP connection 'vm1' has it already, and a monitor serves one client");
                    QmpClients clients = context.getBean(QmpClients.class);
                    assertThat(clients.names()).containsExactly("free", "vm1");
                    running(clients.get("vm1"));
                    clients.remove("vm1").join();
                    running(clients.add("x", monitor.address()));
                    clients.add("vm1", "tcp:localhost:2");
                });
    }

    @Test
    void aConnectionOfTheConfigurationThatWasRemovedEarlyIsFree() {
        runner.withPropertyValues("qmp.connection.vm1.address=" + monitor.address())
                .withBean(Replacing.class)
                .run(context -> assertThat(
                                context.getBean(QmpClients.class).get("vm1").endpoint())
                        .hasToString("tcp:localhost:1"));
    }

    @Test
    void theConfigurationTakesNothingIfTheApplicationHasClientsOfItsOwn() {
        runner.withPropertyValues("qmp.connection.vm1.address=" + monitor.address())
                .withBean("own", QmpClient.class, () -> QmpClient.builder("tcp:localhost:2")
                        .name("own")
                        .build())
                .withBean(Early.class)
                .run(context -> {
                    assertThat(context.getBean(Early.class).refusals).isEmpty();
                    assertThat(context.getBean(QmpClients.class).names()).contains("vm1", "x", "free", "own");
                });
    }

    /** Adds connections before the client beans are created. */
    static class Early {

        private final List<String> refusals = new ArrayList<>();

        Early(QmpClients clients, Environment environment) {
            assertThat(clients.names()).isEmpty();
            add(clients, "vm1", "tcp:localhost:1");
            add(clients, "x", environment.getRequiredProperty("qmp.connection.vm1.address"));
            add(clients, "free", "tcp:localhost:3");
        }

        private void add(QmpClients clients, String name, String address) {
            try {
                clients.add(name, address);
            } catch (IllegalArgumentException e) {
                refusals.add(e.getMessage());
            }
        }
    }

    /** Replaces a connection of the configuration. */
    static class Replacing {

        Replacing(QmpClients clients, @QmpConnection("vm1") QmpClient configured) {
            assertThat(configured.name()).isEqualTo("vm1");
            clients.remove("vm1").join();
            clients.add("vm1", "tcp:localhost:1");
        }
    }

    @Test
    void aConnectionWhoseStartFailsIsNotAdded() {
        ConnectionOwnership fleet = mock(ConnectionOwnership.class);
        willThrow(new NoClassDefFoundError("the test lets it fail"))
                .willDoNothing()
                .given(fleet)
                .wanted(any());
        runner.withBean(ConnectionOwnership.class, () -> fleet).run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            assertThatExceptionOfType(NoClassDefFoundError.class)
                    .isThrownBy(() -> clients.add("vm9", monitor.address()));
            assertThat(clients.names()).isEmpty();
            assertThat(clients.add("vm9", monitor.address())).isSameAs(clients.get("vm9"));
        });
    }

    @Test
    void anAddressThatCannotBeUsedAddsNothing() {
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> clients.add("vm9", "nonsense"))
                    .withMessageContaining("qmp.connection.vm9.address");
            assertThat(clients.names()).isEmpty();
            assertThat(clients.remove("vm9").join()).isFalse();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> clients.get("vm9"))
                    .withMessageContaining("vm9");
        });
    }

    @Test
    void aListenerHearsOfTheClientsThereAreAndOfThoseToCome() {
        runner.withPropertyValues("qmp.connection.vm1.address=" + monitor.address())
                .run(context -> {
                    QmpClients clients = context.getBean(QmpClients.class);
                    List<String> heard = new ArrayList<>();
                    clients.addListener(new QmpClientsListener() {
                        @Override
                        public void clientAdded(String name, QmpClient client) {
                            heard.add("+" + name);
                        }

                        @Override
                        public void clientRemoved(String name, QmpClient client) {
                            heard.add("-" + name);
                        }
                    });
                    clients.add("vm2", "tcp:localhost:1");
                    clients.remove("vm1").join();
                    assertThat(heard).containsExactly("+vm1", "+vm2", "-vm1");
                });
    }

    @Test
    void anAddressServesOneConnection() {
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            running(clients.add("vm9", monitor.address()));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> clients.add("vm10", monitor.address()))
                    .withMessageContaining("'vm9'")
                    .withMessageContaining("one client");
            clients.remove("vm9").join();
            running(clients.add("vm10", monitor.address()));
        });
    }

    @Test
    void input37AnotherSpellingOfAnAddressIsTheSameAddress(@TempDir Path folder) throws IOException {
        Path run = Files.createDirectory(folder.resolve("run"));
        Files.createSymbolicLink(folder.resolve("link"), run);
        runner.withPropertyValues("qmp.connection.vm1.address=unix:" + run.resolve("vm1.qmp"))
                .run(context -> {
                    QmpClients clients = context.getBean(QmpClients.class);
                    String other = "unix:" + folder.resolve("link/vm1.qmp");
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> clients.add("vm10", other))
                            .withMessageContaining("'vm10' cannot have the address " + other)
                            .withMessageContaining("'vm1' has it already, spelled unix:" + run + "/vm1.qmp");
                    assertThat(clients.names()).containsExactly("vm1");
                });
    }

    @Test
    void whoReadsDoesNotWaitForACustomizerOrAListener() {
        CountDownLatch inCustomizer = new CountDownLatch(1);
        CountDownLatch inListener = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Executor threads = task -> new Thread(task).start(); // the common pool may have one thread only
        QmpClientBuilderCustomizer slow = (name, builder) -> {
            inCustomizer.countDown();
            awaitUninterruptibly(goOn);
        };
        runner.withBean(QmpClientBuilderCustomizer.class, () -> slow).run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            CountDownLatch listenerGoesOn = new CountDownLatch(1);
            clients.addListener(new QmpClientsListener() {
                @Override
                public void clientAdded(String name, QmpClient client) {
                    inListener.countDown();
                    awaitUninterruptibly(listenerGoesOn);
                }

                @Override
                public void clientRemoved(String name, QmpClient client) {}
            });
            CompletableFuture<QmpClient> added =
                    CompletableFuture.supplyAsync(() -> clients.add("vm9", "tcp:localhost:1"), threads);
            awaitUninterruptibly(inCustomizer);
            assertThat(CompletableFuture.supplyAsync(clients::names, threads)).succeedsWithin(Duration.ofSeconds(5));
            goOn.countDown();
            awaitUninterruptibly(inListener);
            assertThat(CompletableFuture.supplyAsync(clients::names, threads)).succeedsWithin(Duration.ofSeconds(5));
            assertThat(CompletableFuture.supplyAsync(() -> clients.find("vm9").isPresent(), threads))
                    .succeedsWithin(Duration.ofSeconds(5));
            listenerGoesOn.countDown();
            assertThat(added).succeedsWithin(Duration.ofSeconds(5));
        });
    }

    private static QmpClient running(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }
}
