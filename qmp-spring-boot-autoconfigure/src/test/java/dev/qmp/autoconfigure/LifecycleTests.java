package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectState;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.ServerFault;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpClients;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContextException;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.node.JsonNodeFactory;

class LifecycleTests {

    private final TestMonitor monitor = TestMonitor.absent();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void theApplicationIsUpAtOnceAndConnectsWhenTheMachineIsThere() {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            monitor.start();
            running(context.getBean(QmpClient.class));
        });
    }

    @Test
    void aWaitForTheSessionThatFollowsTheStartFindsItBegun() {
        monitor.start();
        runner.run(context -> assertThat(
                        context.getBean(QmpClient.class).blocking().awaitRunning(Duration.ofSeconds(20)))
                .isTrue());
    }

    @Test
    void aDisconnectThatFollowsTheStartWins() {
        monitor.start();
        runner.run(context -> {
            QmpClient client = context.getBean(QmpClient.class);
            client.blocking().disconnect();
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            assertThat(client.status().reconnecting()).isFalse();
        });
    }

    @Test
    void failFastWaitsForTheSession() {
        monitor.start();
        runner.withPropertyValues("qmp.connection.vm1.fail-fast=true")
                .run(context ->
                        assertThat(context.getBean(QmpClient.class).runstate()).isEqualTo(Runstate.RUNNING));
    }

    @Test
    void failFastReconnectsAsAllOthersDo() {
        monitor.start();
        runner.withPropertyValues("qmp.connection.vm1.fail-fast=true").run(context -> {
            monitor.stop();
            monitor.start();
            running(context.getBean(QmpClient.class));
        });
    }

    @Test
    void failFastStopsTheStartAndNamesTheConnection() {
        runner.withPropertyValues("qmp.connection.vm1.fail-fast=true").run(context -> assertThat(context)
                .getFailure()
                .hasCauseInstanceOf(QmpFailFastException.class)
                .hasStackTraceContaining("QMP connection 'vm1' (" + monitor.address()));
    }

    @Test
    void failFastAwaitsNoMachineForEver() {
        runner.withPropertyValues(
                        "qmp.connection.vm1.fail-fast=true",
                        "qmp.connection.vm1.mode=listen",
                        "qmp.connection.vm1.connect-timeout=2s",
                        "qmp.connection.vm1.handshake-timeout=50ms")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasCauseInstanceOf(QmpFailFastException.class)
                        .hasStackTraceContaining("no machine has dialled"));
        assertThat(monitor.socket()).doesNotExist();
    }

    @Test
    void failFastWaitsAsLongAsACustomizerAllows() {
        QmpClientBuilderCustomizer impatient = (name, builder) -> builder.mode(ConnectMode.LISTEN)
                .connectTimeout(Duration.ofSeconds(2))
                .handshakeTimeout(Duration.ofMillis(50));
        runner.withPropertyValues("qmp.connection.vm1.fail-fast=true")
                .withBean(QmpClientBuilderCustomizer.class, () -> impatient)
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasCauseInstanceOf(QmpFailFastException.class)
                        .hasStackTraceContaining("no machine has dialled within 2550 ms"));
    }

    @Test
    void anInterruptEndsTheStart() {
        monitor.start();
        monitor.server().inject(ServerFault.SILENT);
        Thread starting = Thread.currentThread();
        runner.withPropertyValues("qmp.connection.vm1.fail-fast=true")
                .withBean(QmpClientBuilderCustomizer.class, () -> (name, builder) -> starting.interrupt())
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasCauseInstanceOf(QmpFailFastException.class)
                        .hasStackTraceContaining("interrupted"));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void failFastIsMetByASessionThatIsThereAlready() {
        monitor.start();
        runner.withPropertyValues("qmp.connection.vm1.fail-fast=true")
                .withBean(EarlyConnect.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(QmpClient.class).runstate()).isEqualTo(Runstate.RUNNING);
                    assertThat(context.getBean(EarlyConnect.class).connected).isTrue();
                });
    }

    @Test
    void failFastIsMetByAnAttemptThatIsUnderWay() {
        monitor.start();
        runner.withPropertyValues("qmp.connection.vm1.fail-fast=true")
                .withBean(EarlyStart.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(QmpClient.class).runstate()).isEqualTo(Runstate.RUNNING);
                });
    }

    @Test
    void aConnectionThatWasRemovedStaysAwayAfterARestart() {
        monitor.start();
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            clients.remove("vm1").join();
            application.pause();
            application.restart();
            assertThat(clients.names()).isEmpty();

            QmpClient other = clients.add("vm1", monitor.address());
            application.pause();
            application.restart();
            assertThat(clients.get("vm1")).isSameAs(other);
            running(other);
        });
    }

    @Test
    void withoutAutoStartupNobodyConnectsUntilAsked() {
        monitor.start();
        runner.withPropertyValues("qmp.connection.vm1.auto-startup=false").run(context -> {
            QmpClient client = context.getBean(QmpClient.class);
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            client.blocking().connect();
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
        });
    }

    @Test
    void lazyInitializationDoesNotKeepConnectionsFromBeingMade() {
        monitor.start();
        runner.withInitializer(context -> context.addBeanFactoryPostProcessor(
                        new org.springframework.boot.LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> Awaitility.await().until(monitor.server()::hasClient));
    }

    @Test
    void pausingReleasesTheMonitorAndRestartingTakesItAgain() {
        monitor.start();
        runner.run(context -> {
            QmpClient client = context.getBean(QmpClient.class);
            running(client);
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            application.pause();
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            Awaitility.await().until(() -> !monitor.server().hasClient());
            application.restart();
            running(client);
        });
    }

    @Test
    void aRestartConnectsTheClientThatTheApplicationHadStarted() {
        monitor.start();
        runner.withPropertyValues("qmp.defaults.auto-startup=false", "qmp.connection.idle.address=unix:/nowhere/vm.qmp")
                .run(context -> {
                    QmpClient client = context.getBean("vm1", QmpClient.class);
                    client.start();
                    running(client);
                    restart(context);
                    running(client);
                    assertThat(context.getBean("idle", QmpClient.class).status().reconnectState())
                            .isEqualTo(ReconnectState.STOPPED);

                    client.blocking().disconnect();
                    restart(context);
                    assertThat(client.status().reconnecting()).isFalse();
                    QmpClient later = context.getBean("idle", QmpClient.class);
                    later.start();
                    Awaitility.await().until(() -> later.status().reconnecting());
                    assertThat(client.status().reconnectState()).isEqualTo(ReconnectState.STOPPED);
                });
    }

    /** The event loop may process the start after the pause has begun. */
    @Test
    void aRestartConnectsTheClientWhoseStartHasJustBegun() {
        monitor.start();
        runner.withPropertyValues("qmp.defaults.auto-startup=false").run(context -> {
            QmpClient client = context.getBean(QmpClient.class);
            client.start();
            restart(context);
            running(client);
        });
    }

    @Test
    void aRestartThatFailsForgetsNoClient() {
        monitor.start();
        try (TestMonitor other = TestMonitor.started()) {
            runner.withPropertyValues(
                            "qmp.connection.vm1.fail-fast=true",
                            "qmp.connection.other.address=" + other.address(),
                            "qmp.connection.other.auto-startup=false",
                            "qmp.connection.other.fail-fast=true")
                    .run(context -> {
                        QmpClient client = context.getBean("other", QmpClient.class);
                        client.start();
                        running(client);
                        ConfigurableApplicationContext application = context.getSourceApplicationContext();
                        application.pause();
                        monitor.stop();
                        assertThatExceptionOfType(ApplicationContextException.class)
                                .isThrownBy(application::restart)
                                .withCauseInstanceOf(QmpFailFastException.class);
                        monitor.start();
                        application.restart();
                        running(client);
                    });
        }
    }

    private static void restart(AssertableApplicationContext context) {
        ConfigurableApplicationContext application = context.getSourceApplicationContext();
        application.pause();
        application.restart();
    }

    @Test
    void connectionsAddedWhilePausedAreMadeWithTheRestart() {
        monitor.start();
        runner.run(context -> {
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            application.pause();
            context.getBean(QmpClients.class).remove("vm1").join();
            QmpClient added = context.getBean(QmpClients.class).add("late", monitor.address());
            assertThat(added.runstate()).isEqualTo(Runstate.IDLE);
            application.restart();
            running(added);
        });
    }

    @Test
    @DisplayName("#80 stopping is bounded while a command hangs")
    void stoppingIsBoundedWhileACommandHangs() {
        monitor.start();
        CountDownLatch never = new CountDownLatch(1);
        monitor.server().handle("hang", command -> {
            never.await();
            return JsonNodeFactory.instance.objectNode();
        });
        runner.withPropertyValues("qmp.connection.vm1.disconnect-timeout=1s").run(context -> {
            QmpClient client = context.getBean(QmpClient.class);
            running(client);
            client.execute("hang");
            Awaitility.await().until(() -> client.status().pending() == 1);
            try (LogRecorder log = LogRecorder.of("dev.qmp.protocol")) {
                long start = System.nanoTime();
                context.getSourceApplicationContext().close(); // while the command hangs
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
                assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
                assertThat(log.at(Level.WARN))
                        .containsExactly("vm1: Messages are still under way after 1000 ms; closing");
            }
        });
        never.countDown();
    }

    @Test
    void theInterruptedStopRunsItsCallbackToo() {
        runner.run(context -> {
            AtomicBoolean called = new AtomicBoolean();
            Thread.currentThread().interrupt();
            context.getBean(QmpClientLifecycle.class).stop(() -> called.set(true));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(called).isTrue();
        });
    }

    @Test
    void clientsStartBeforeWebServerAndListenersAndCanBePaused() {
        runner.run(context -> {
            QmpClientLifecycle lifecycle = context.getBean(QmpClientLifecycle.class);
            assertThat(lifecycle.getPhase()).isZero();
            assertThat(lifecycle.isPauseable()).isTrue();
        });
    }

    /** A bean that needs its machine while the application still starts. */
    static class EarlyConnect {

        private final boolean connected;

        EarlyConnect(QmpClient client) {
            client.blocking().connect();
            this.connected = client.runstate() == Runstate.RUNNING;
        }
    }

    /** The same, for which it need not be there yet. */
    static class EarlyStart {

        EarlyStart(QmpClient client) {
            client.start();
        }
    }

    private static void running(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
    }
}
