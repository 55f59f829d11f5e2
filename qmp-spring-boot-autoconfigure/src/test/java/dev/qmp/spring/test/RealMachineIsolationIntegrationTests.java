package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnectionDetails;
import dev.qmp.spring.QmpConnectionProperties;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.MergedContextConfiguration;

/** A test with in-process servers, while a real QEMU listens at every address of the application: QEMU sees nobody. */
@RequiresQemu
class RealMachineIsolationIntegrationTests {

    private Qemu qemu;
    private long acceptedBefore;

    @BeforeEach
    void run() throws IOException {
        qemu = Qemu.start("-trace", "qio_channel_socket_accept_complete");
        acceptedBefore = accepted();
        assertThat(acceptedBefore).isPositive(); // the helper itself has dialled: the trace shows connections
    }

    @AfterEach
    void qemuHasSeenNobody() throws IOException {
        try (Qemu used = qemu) {
            assertThat(used.isAlive()).isTrue();
            assertThat(accepted()).isEqualTo(acceptedBefore);
        }
    }

    private long accepted() throws IOException {
        try (var lines = Files.lines(qemu.log())) {
            return lines.filter(line -> line.contains("qio_channel_socket_accept_complete"))
                    .count();
        }
    }

    private ApplicationContextRunner runner(String... properties) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                .withPropertyValues("qmp.connection.vm1.address=" + qemu.endpoint())
                .withPropertyValues(properties)
                .withInitializer(context -> customize(context, List.of()));
    }

    private static void customize(ConfigurableApplicationContext context, List<String> connections) {
        new QmpServerContextCustomizer(connections, "")
                .customizeContext(context, Mockito.mock(MergedContextConfiguration.class));
    }

    @Test
    void input28SocketsInTheDiscoveryFolderAreNotDialled() {
        runner("qmp.discovery.directory=" + qemu.folder()).run(context -> {
            assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm1");
            assertInProcess(context, "vm1");
        });
    }

    /** Such as a variable that is set in production only. */
    @Test
    void input28IgnoredPropertiesMayHavePlaceholdersThatCannotBeResolved() {
        runner("qmp.discovery.directory=${QMP_SOCKETS_OF_PRODUCTION}", "qmp.fleet.enabled=${QMP_FLEET_OF_PRODUCTION}")
                .run(context -> assertInProcess(context, "vm1"));
    }

    @Test
    void input28AFolderThatALaterInitializerNamesIsNotWatched() {
        runner().withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new MapPropertySource(
                                "later",
                                Map.of("qmp.discovery.directory", qemu.folder().toString()))))
                .run(context -> {
                    assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm1");
                    assertInProcess(context, "vm1");
                });
    }

    @Test
    void input28ConnectionsThatTheApplicationAddsAreRedirected() {
        runner("qmp.defaults.mode=listen").run(context -> {
            QmpServers servers = context.getBean(QmpServers.class);
            servers.get("scripted-before").handle("stop", CommandHandler.returning(Map.of()));
            QmpClients clients = context.getBean(QmpClients.class);
            clients.add("added", qemu.endpoint().toString());
            QmpConnectionProperties listening = QmpConnectionProperties.ofAddress("tcp:127.0.0.1:4444");
            listening.setMode(ConnectMode.LISTEN);
            clients.add("listening", listening);
            clients.add("scripted-before", qemu.oracle().toString());
            for (String name : clients.names()) {
                assertInProcess(context, name);
            }
            assertThat(clients.get("scripted-before").blocking().execute("stop"))
                    .isEmpty();
        });
    }

    /** With the highest order that there is. */
    @Test
    void input28ConnectionDetailsOfTheApplicationLeadNowhere() {
        RealMachine.endpoint = qemu.endpoint();
        runner().withUserConfiguration(OwnDetails.class).run(context -> assertInProcess(context, "vm1"));
    }

    @Test
    void input28ConnectionsWhoseNamesAreKnownLateAreRedirected() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                .withPropertyValues("qmp.connection.vm1.address=" + qemu.endpoint())
                .withInitializer(context -> customize(context, List.of("further")))
                .withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addLast(new MapPropertySource(
                                "late",
                                Map.of(
                                        "qmp.connection.late.address",
                                        qemu.oracle().toString(),
                                        "qmp.connection.further.queue-capacity",
                                        "7"))))
                .run(context -> {
                    assertInProcess(context, "vm1");
                    assertInProcess(context, "late");
                    assertInProcess(context, "further");
                });
    }

    @ParameterizedTest
    @ValueSource(classes = {OwnClient.class, OwnClientFactory.class})
    void input28AClientThatTheApplicationBuildsItselfIsRefused(Class<?> own) {
        RealMachine.endpoint = qemu.endpoint();
        runner().withUserConfiguration(own).run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("'own'")
                .hasMessageContaining(qemu.endpoint().toString())
                .hasMessageContaining("QmpClients.add(\"mine\""));
    }

    @Test
    void input28ClientsOfInProcessServersAndMocksAreAccepted() {
        try (QmpServer further =
                QmpServer.builder(Endpoint.tcp("127.0.0.1", 0)).name("further").start()) {
            runner().withBean("further", QmpServer.class, () -> further)
                    .withBean("byBean", QmpClient.class, () -> client(further.endpoint(), "by-bean"))
                    .withBean("mock", QmpClient.class, () -> Mockito.mock(QmpClient.class))
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        running(context.getBean(QmpClients.class).get("by-bean"));
                    });
        }
    }

    private static void assertInProcess(ConfigurableApplicationContext context, String name) {
        QmpClient client = running(context.getBean(QmpClients.class).get(name));
        assertThat(client.endpoint())
                .isEqualTo(context.getBean(QmpServers.class).get(name).endpoint());
    }

    private static QmpClient running(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }

    private static QmpClient client(Endpoint endpoint, String name) {
        return QmpClient.builder(endpoint).name(name).build();
    }

    /** Leads every connection to QEMU. */
    static final class RealMachine implements QmpConnectionDetails, PriorityOrdered {

        private static Endpoint endpoint;

        @Override
        public Endpoint getEndpoint(String connectionName) {
            return endpoint;
        }

        @Override
        public int getOrder() {
            return Ordered.HIGHEST_PRECEDENCE;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnDetails {

        @Bean
        RealMachine realMachine() {
            return new RealMachine();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClient {

        @Bean
        QmpClient own() {
            return client(RealMachine.endpoint, "mine");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClientFactory {

        @Bean
        FactoryBean<QmpClient> own() {
            return new FactoryBean<>() {

                @Override
                public QmpClient getObject() {
                    return client(RealMachine.endpoint, "mine");
                }

                @Override
                public Class<?> getObjectType() {
                    return QmpClient.class;
                }
            };
        }
    }
}
