package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.agent.GuestAgent;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.server.ServerFault;
import dev.qmp.spring.QmpConnection;
import java.time.Duration;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Each connection to a guest agent has a GuestAgent bean. */
class GuestAgentBeansTests {

    private static final String[] TWO = {
        "qmp.defaults.auto-startup=false",
        "qmp.connection.vm1.address=unix:/tmp/none1.qmp",
        "qmp.connection.vm1-agent.address=unix:/tmp/none1.qga",
        "qmp.connection.vm1-agent.protocol=guest-agent",
        "qmp.connection.agent2.address=unix:/tmp/none2.qga",
        "qmp.connection.agent2.protocol=guest-agent"
    };

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class));

    @Test
    void theOnlyAgentIsInjectedByTypeWithoutAnAgentRunning() {
        runner.withPropertyValues(
                        "qmp.connection.vm1.address=unix:/tmp/none1.qmp",
                        "qmp.connection.vm1-agent.address=unix:/tmp/none1.qga",
                        "qmp.connection.vm1-agent.protocol=guest-agent")
                .run(context -> {
                    assertThat(context).hasNotFailed().hasSingleBean(GuestAgent.class);
                    GuestAgent agent = context.getBean(GuestAgent.class);
                    assertThat(agent).isSameAs(context.getBean("vm1-agentGuestAgent"));
                    assertThat(agent.client()).isSameAs(context.getBean("vm1-agent"));
                    assertThat(agent.client().isGuestAgent()).isTrue();
                    assertThat(context.getBean("vm1", QmpClient.class).isGuestAgent())
                            .isFalse();
                    assertThat(agent.blocking().isListening(Duration.ofSeconds(1)))
                            .isFalse();
                });
    }

    @Test
    void severalAgentsAreSelectedByTheNameOfTheirConnectionOrBean() {
        runner.withPropertyValues(TWO).withUserConfiguration(Consumers.class).run(context -> {
            Consumers consumers = context.getBean(Consumers.class);
            assertThat(consumers.byAnnotation.client().name()).isEqualTo("vm1-agent");
            assertThat(consumers.byQualifier.client().name()).isEqualTo("vm1-agent");
            assertThat(consumers.byParameterName.client().name()).isEqualTo("agent2");
            assertThat(consumers.all).containsOnlyKeys("vm1-agentGuestAgent", "agent2GuestAgent");
            assertThat(consumers.client.name()).isEqualTo("vm1-agent");
        });
    }

    @Test
    void theDefaultsCanMakeAllConnectionsAgents() {
        runner.withPropertyValues(
                        "qmp.defaults.protocol=GUEST_AGENT",
                        "qmp.connection.a.address=unix:/tmp/none1.qga",
                        "qmp.connection.vm1.address=unix:/tmp/none1.qmp",
                        "qmp.connection.vm1.protocol=qmp")
                .run(context -> assertThat(context.getBeanNamesForType(GuestAgent.class))
                        .containsExactly("aGuestAgent"));
    }

    @Test
    void anAgentOfTheApplicationHasPrecedence() {
        runner.withPropertyValues(
                        "qmp.defaults.auto-startup=false",
                        "qmp.connection.agent.address=unix:/tmp/none1.qga",
                        "qmp.connection.agent.protocol=guest-agent")
                .withUserConfiguration(OwnAgent.class)
                .run(context -> assertThat(context.getBean(GuestAgent.class)).isSameAs(context.getBean("own")));
    }

    @Test
    void theDeadlineIsTheCommandTimeoutOfTheConnection() {
        try (QmpServer server =
                QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start()) {
            runner.withPropertyValues(
                            "qmp.connection.agent.address=" + server.endpoint(),
                            "qmp.connection.agent.protocol=guest-agent",
                            "qmp.connection.agent.command-timeout=5s")
                    .run(context -> {
                        GuestAgent agent = context.getBean(GuestAgent.class);
                        Awaitility.await().until(() -> agent.client().runstate() == Runstate.RUNNING);
                        agent.blocking().ping();
                        server.inject(ServerFault.DEAF);
                        Assertions.assertThatExceptionOfType(CommandTimeoutException.class)
                                .isThrownBy(() -> agent.blocking().ping())
                                .withMessageContaining("5000 ms");
                    });
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Consumers {

        @Autowired
        @QmpConnection("vm1-agent")
        GuestAgent byAnnotation;

        @Autowired
        @Qualifier("vm1-agent")
        GuestAgent byQualifier;

        @Autowired
        @QmpConnection("vm1-agent")
        QmpClient client;

        @Autowired
        Map<String, GuestAgent> all;

        GuestAgent byParameterName;

        @Autowired
        void parameter(GuestAgent agent2GuestAgent) {
            this.byParameterName = agent2GuestAgent;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnAgent {

        @Bean
        GuestAgent own(QmpClient agent) {
            return GuestAgent.of(agent).withTimeout(Duration.ofMinutes(1));
        }
    }
}
