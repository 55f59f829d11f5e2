package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.test.context.MergedContextConfiguration;

/** The servers have the names of the application's connections. No server makes a connection of its own. */
class ServerNamesTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withInitializer(context -> sources(context)
                    .addLast(new MapPropertySource("file", Map.of("qmp.connection.vm-2.address", "tcp:nowhere:2"))));

    @ParameterizedTest
    @CsvSource({
        "QMP_CONNECTION_VM_2_COMMAND_TIMEOUT, 1s",
        "QMP_CONNECTION_SERVICE_HOST, 10.0.0.1",
        "QMP_CONNECTION_PORT_4444_TCP_PROTO, tcp"
    })
    void aVariableMakesNoFurtherConnection(String variable, String value) {
        runner.withInitializer(context -> variables(context, Map.of(variable, value)))
                .withInitializer(ServerNamesTests::customize)
                .run(context -> assertOneServer(context));
    }

    @Test
    void twoSpellingsOfOneConnectionShareItsServer() {
        runner.withPropertyValues("qmp.connection.vm2.command-timeout=1s")
                .withInitializer(ServerNamesTests::customize)
                .run(context -> assertOneServer(context));
    }

    @ParameterizedTest
    @ValueSource(strings = {"QMP_CONNECTION_VM_2_PROTOCOL", "QMP_DEFAULTS_PROTOCOL"})
    void aVariableMayChooseTheProtocol(String variable) {
        runner.withInitializer(context -> variables(context, Map.of(variable, "guest-agent")))
                .withInitializer(ServerNamesTests::customize)
                .run(context -> {
                    assertOneServer(context);
                    assertThat(context.getBean(QmpServer.class).isGuestAgent()).isTrue();
                    assertThat(context.getBean(QmpServers.class).get("late").isGuestAgent())
                            .isEqualTo(variable.equals("QMP_DEFAULTS_PROTOCOL"));
                });
    }

    private static void assertOneServer(ConfigurableApplicationContext context) throws Exception {
        assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm-2");
        assertThat(context.getBeansOfType(QmpServer.class)).containsOnlyKeys("vm-2QmpServer");
        assertThat(context.getBean(QmpServer.class).endpoint())
                .isEqualTo(context.getBean(QmpClient.class).endpoint());
        // an agent's client is RUNNING before the server has accepted it, because neither says a word
        context.getBean(QmpServer.class).awaitClient(Duration.ofSeconds(10));
    }

    private static void customize(ConfigurableApplicationContext context) {
        new QmpServerContextCustomizer(List.of(), "")
                .customizeContext(context, Mockito.mock(MergedContextConfiguration.class));
    }

    private static void variables(ConfigurableApplicationContext context, Map<String, Object> variables) {
        String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
        sources(context).replace(name, new SystemEnvironmentPropertySource(name, variables));
    }

    private static MutablePropertySources sources(ConfigurableApplicationContext context) {
        return context.getEnvironment().getPropertySources();
    }
}
