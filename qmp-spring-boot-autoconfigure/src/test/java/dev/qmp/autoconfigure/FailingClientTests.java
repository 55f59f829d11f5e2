package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.BDDMockito.willDoNothing;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

import ch.qos.logback.classic.Level;
import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** A client of the application's own that throws, beside one that works. */
class FailingClientTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final QmpClient working =
            QmpClient.builder("tcp:127.0.0.1:1").name("own").build();
    private final QmpClient failing = mock(QmpClient.class, delegatesTo(working));
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withBean("own", QmpClient.class, () -> failing, bean -> bean.setDestroyMethodName(""));

    FailingClientTests() {
        willDoNothing().given(failing).start();
        willThrow(new IllegalStateException("for a test")).given(failing).disconnect();
        willThrow(new IllegalStateException("for a test")).given(failing).close();
    }

    @AfterEach
    void close() {
        working.close();
        monitor.close();
    }

    @Test
    void theOthersCloseWithTheApplication() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.autoconfigure")) {
            runner.run(context -> {
                QmpClient vm1 = context.getBean(QmpClients.class).add("vm1", monitor.address());
                await().until(() -> vm1.runstate() == Runstate.RUNNING);
                context.close();
                assertThat(vm1.isClosed()).isTrue();
                assertThat(vm1.runstate()).isEqualTo(Runstate.IDLE);
            });
            assertThat(log.at(Level.WARN))
                    .containsExactly(
                            "QMP connection 'own' failed to disconnect", "QMP connection 'own' failed to close");
        }
    }

    @Test
    void theOthersDisconnectWhenTheApplicationStops() {
        willThrow(new IllegalStateException("for a test")).given(failing).status();
        try (LogRecorder log = LogRecorder.of("dev.qmp.autoconfigure")) {
            runner.withPropertyValues("qmp.defaults.auto-startup=false").run(context -> {
                QmpClient vm1 = context.getBean(QmpClients.class).add("vm1", monitor.address());
                vm1.blocking().connect();
                context.getSourceApplicationContext().stop();
                assertThat(vm1.runstate()).isEqualTo(Runstate.IDLE);
                assertThat(log.at(Level.WARN))
                        .containsExactly(
                                "QMP connection 'own' failed to return its status",
                                "QMP connection 'own' failed to disconnect");
            });
        }
    }

    /** Otherwise the parts of the application that follow the registry would keep what they have for it. */
    @Test
    void aRemovalNotifiesTheListenersToTheEnd() {
        List<String> changes = new CopyOnWriteArrayList<>();
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            clients.addListener(new QmpClientsListener() {
                @Override
                public void clientAdded(String name, QmpClient client) {}

                @Override
                public void clientRemoved(String name, QmpClient client) {
                    changes.add("removed " + name);
                }

                @Override
                public void clientClosed(String name, QmpClient client) {
                    changes.add("closed " + name);
                }
            });
            assertThat(clients.remove("own"))
                    .succeedsWithin(Duration.ofSeconds(20))
                    .isEqualTo(true);
            assertThat(changes).containsExactly("removed own", "closed own");
            assertThat(clients.names()).isEmpty();
        });
    }

    /** The first attempts of many clients are spread, and nothing awaits the later ones. */
    @Test
    void aStartThatFailsLaterIsLogged() {
        willThrow(new IllegalStateException("for a test")).given(failing).start();
        ManagedClient client = ManagedClient.adopted(failing, true);
        SpreadAttempts attempts = new SpreadAttempts(any -> true);
        try (LogRecorder log = LogRecorder.of("dev.qmp.autoconfigure.SpreadAttempts")) {
            ManagedClient other = ManagedClient.adopted(mock(QmpClient.class), true);
            for (int i = 0; i < 1000; i++) {
                attempts.begin(other);
            }
            attempts.begin(client);
            await().until(() -> !log.at(Level.WARN).isEmpty());
            assertThat(log.at(Level.WARN))
                    .containsExactly("QMP connection 'own': an attempt to connect could not begin");
            assertThat(log.hasTraceAt(Level.WARN)).isTrue();
        }
    }
}
