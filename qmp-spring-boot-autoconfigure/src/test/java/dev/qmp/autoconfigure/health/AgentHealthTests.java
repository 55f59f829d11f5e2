package dev.qmp.autoconfigure.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.mock;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.server.ServerFault;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mockito.stubbing.Answer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/** Whether an agent listens behind an open connection. */
class AgentHealthTests {

    private final QmpServer server =
            QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(QmpAutoConfiguration.class, QmpHealthContributorAutoConfiguration.class))
            .withPropertyValues(
                    "qmp.connection.agent.address=" + server.endpoint(),
                    "qmp.connection.agent.protocol=guest-agent",
                    "qmp.health.guest-agent.timeout=60s");

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aFreshAnswerIsReadFromMemory() {
        runner.run(context -> {
            Awaitility.await().until(() -> Boolean.TRUE.equals(listening(context)));
            for (int i = 0; i < 100; i++) {
                assertThat(health(context).getStatus()).isEqualTo(Status.UP);
            }
            assertThat(health(context).getDetails()).containsKey("agentAskedAt");
            assertThat(received()).containsExactly("guest-ping");
        });
    }

    @Test
    void aSilentAgentIsNotDownUnlessThatIsConfigured() {
        server.inject(ServerFault.DEAF);
        ApplicationContextRunner impatient = runner.withPropertyValues("qmp.health.guest-agent.timeout=200ms");
        impatient.run(context -> {
            Awaitility.await().until(() -> Boolean.FALSE.equals(listening(context)));
            assertThat(health(context).getStatus()).isEqualTo(QmpHealthIndicator.AGENT_SILENT);
        });
        impatient.withPropertyValues("qmp.health.guest-agent.count-silent=true").run(context -> {
            Awaitility.await().until(() -> Boolean.FALSE.equals(listening(context)));
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
        });
    }

    @Test
    void anOldAnswerIsAskedForAgain() {
        runner.withPropertyValues("qmp.health.guest-agent.max-age=1ms", "qmp.health.guest-agent.timeout=200ms")
                .run(context -> {
                    Awaitility.await().until(() -> Boolean.TRUE.equals(listening(context)));
                    try (Registration fault = server.inject(ServerFault.DEAF)) {
                        assertThat(fault).isNotNull();
                        Awaitility.await().until(() -> Boolean.FALSE.equals(listening(context)));
                    }
                    Awaitility.await().until(() -> Boolean.TRUE.equals(listening(context)));
                    assertThat(context.getBean(QmpClient.class).status().reconnects())
                            .isZero();
                });
    }

    @Test
    void anAgentThatExecutesALongCommandIsNotAsked() {
        CountDownLatch done = new CountDownLatch(1);
        server.handle("guest-fstrim", CommandHandler.returning(null).after(done));
        runner.withPropertyValues("qmp.health.guest-agent.max-age=1ms").run(context -> {
            Awaitility.await().until(() -> Boolean.TRUE.equals(listening(context)));
            QmpClient client = context.getBean(QmpClient.class);
            Awaitility.await().until(() -> isIdle(client)); // the health request above may have asked once more
            CompletableFuture<?> trim = client.execute("guest-fstrim");
            Awaitility.await().until(() -> received().contains("guest-fstrim"));
            List<String> before = received();
            for (int i = 0; i < 100; i++) {
                assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                assertThat(client.status().queued())
                        .as("behind the long command")
                        .isZero();
            }
            assertThat(received()).isEqualTo(before);
            done.countDown();
            trim.join();
        });
    }

    @Test
    void anAgentThatThePolicyKeepsFromBeingAskedIsUp() {
        runner.withPropertyValues("qmp.connection.agent.commands.deny=guest-ping", "qmp.health.guest-agent.max-age=1ms")
                .run(context -> {
                    QmpClient client = context.getBean(QmpClient.class);
                    Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
                    Awaitility.await().until(() -> {
                        assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                        return client.status().commandsRefused() > 1; // the first refusal does not end the questions
                    });
                    assertThat(health(context).getDetails()).doesNotContainKey("agentListening");
                    assertThat(received()).isEmpty();
                });
    }

    /** Without that, health would show the last answer until the session ends. */
    @Test
    void aQuestionThatCannotBeginIsRepeated() {
        AtomicReference<Error> full = new AtomicReference<>();
        try (QmpClient client =
                QmpClient.builder(server.endpoint()).guestAgent().build()) {
            Answer<Object> delegate = delegatesTo(client);
            QmpClient failing = mock(QmpClient.class, call -> {
                if (full.get() != null && call.getMethod().getName().equals("execute")) {
                    throw full.get();
                }
                return delegate.answer(call);
            });
            client.blocking().connect();
            AgentWatch watch = new AgentWatch(failing, Duration.ofSeconds(60), Duration.ZERO);
            Awaitility.await().until(() -> watch.current() != null);
            full.set(new OutOfMemoryError("for a test"));
            Awaitility.await().until(() -> catchThrowable(watch::current) == full.get());
            assertThatThrownBy(watch::current).isSameAs(full.get());
            full.set(null);
            assertThat(watch.current()).as("the answer before the failure").isNull();
            Awaitility.await().until(() -> watch.current() != null);
            watch.close();
        }
    }

    @Test
    void theAnswerOfALostSessionIsForgotten() {
        runner.run(context -> {
            Awaitility.await().until(() -> Boolean.TRUE.equals(listening(context)));
            server.inject(ServerFault.UNREACHABLE);
            Awaitility.await().until(() -> listening(context) == null);
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
        });
    }

    @Test
    void withoutTheOptionTheAgentIsNotAsked() {
        runner.withPropertyValues("qmp.health.guest-agent.enabled=false", "qmp.health.guest-status.enabled=true")
                .run(context -> {
                    Awaitility.await()
                            .until(() -> context.getBean(QmpClient.class).runstate() == Runstate.RUNNING);
                    assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                    context.getBean(QmpClient.class).execute("guest-info").join();
                    assertThat(received()).containsExactly("guest-info");
                });
    }

    @Test
    void aTimeThatCannotBeWaitedForStopsTheStart() {
        runner.withPropertyValues("qmp.health.guest-agent.timeout=0s").run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(InvalidQmpPropertyException.class)
                .hasMessageContaining("qmp.health.guest-agent.timeout"));
    }

    private List<String> received() {
        return server.received().stream().map(QmpCommand::name).toList();
    }

    private static boolean isIdle(QmpClient client) {
        QmpClientStatus status = client.status();
        return status.pending() + status.queued() == 0;
    }

    private static Object listening(ApplicationContext context) {
        return health(context).getDetails().get("agentListening");
    }

    private static Health health(ApplicationContext context) {
        CompositeHealthContributor all = context.getBean(CompositeHealthContributor.class);
        HealthIndicator indicator = (HealthIndicator) all.getContributor("agent");
        assertThat(indicator).isNotNull();
        return indicator.health();
    }
}
