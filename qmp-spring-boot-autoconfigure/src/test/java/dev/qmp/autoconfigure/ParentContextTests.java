package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.endpoint.QmpEndpoint;
import dev.qmp.autoconfigure.endpoint.QmpEndpointAutoConfiguration;
import dev.qmp.autoconfigure.health.QmpHealthContributorAutoConfiguration;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpFleet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.EventListener;

/** Each context manages its own clients, and a child context can use those of its parent. */
class ParentContextTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(QmpAutoConfiguration.class, QmpHealthContributorAutoConfiguration.class));
    private final String address = "qmp.connection.vm1.address=" + monitor.address();

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void aChildUsesTheClientsOfItsParentWhichKeepsThem() {
        plain.withPropertyValues(address).withBean(Listener.class).run(parent -> {
            QmpClient client = running(parent);
            Listener listener = parent.getBean(Listener.class);
            plain.withParent(parent).run(child -> {
                assertThat(child.getBean(QmpClient.class)).isSameAs(client);
                assertThat(child.getBean(QmpClients.class).names()).isEmpty();
                monitor.server().emit(QmpEvent.of("E1"));
                Awaitility.await().until(() -> listener.events.contains("E1"));
            }); // its close waits for its listeners
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
            monitor.server().emit(QmpEvent.of("E2"));
            Awaitility.await().until(() -> listener.events.contains("E2"));
            assertThat(listener.events).containsExactly("E1", "E2");
            assertThat(client.status().reconnects()).isZero();
        });
    }

    @Test
    void aChildOfAParentWithoutConnectionsHasItsOwn() {
        plain.withBean(Listener.class).run(parent -> plain.withParent(parent)
                .withPropertyValues(address)
                .run(child -> {
                    QmpClient client = running(child);
                    assertThat(child.getBean(QmpClients.class).get("vm1")).isSameAs(client);
                    monitor.server().emit(QmpEvent.of("E1"));
                    Awaitility.await().until(() -> client.status().eventsReceived() == 1);
                    child.close();
                    assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
                    assertThat(parent.getBean(Listener.class).events).containsExactly("E1");
                }));
    }

    @Test
    void aFolderThatTheParentWatchesIsNotWatchedAgain() {
        plain.withPropertyValues("qmp.discovery.directory=" + monitor.socket().getParent())
                .run(parent -> {
                    QmpClients clients = parent.getBean(QmpClients.class);
                    assertThat(clients.names()).containsExactly("vm");
                    plain.withParent(parent).run(child -> assertThat(
                                    child.getBean(QmpClients.class).names())
                            .isEmpty());
                });
    }

    /** A parent's fleet would keep the claim when the child is closed, with a client that is closed. */
    @Test
    void aChildTakesNoPartInTheFleetOfItsParent() {
        ConnectionOwnership fleet = mock(ConnectionOwnership.class);
        plain.withBean(ConnectionOwnership.class, () -> fleet).run(parent -> plain.withParent(parent)
                .withPropertyValues(address)
                .run(child -> {
                    assertThat(running(child).name()).isEqualTo("vm1");
                    verify(fleet, never()).wanted(any());
                }));
    }

    /** Otherwise the parent's fleet would decide on a connection of the same name that it does not hold. */
    @Test
    void healthAndEndpointOfAChildDoNotAskTheFleetOfItsParent() {
        QmpFleet fleet = mock(QmpFleet.class);
        ApplicationContextRunner observed = plain.withConfiguration(
                        AutoConfigurations.of(QmpEndpointAutoConfiguration.class))
                .withPropertyValues("management.endpoints.web.exposure.include=qmp", address);
        new ApplicationContextRunner().withBean(QmpFleet.class, () -> fleet).run(parent -> observed.withParent(parent)
                .run(child -> {
                    running(child);
                    assertThat(child.getBean("qmpHealthContributor", CompositeHealthContributor.class).stream())
                            .hasSize(1);
                    assertThat(child.getBean(QmpEndpoint.class).connections().connections())
                            .containsOnlyKeys("vm1");
                    verifyNoInteractions(fleet);
                }));
    }

    /** With a port of its own, Boot's management has a child context. */
    @Test
    void theContextOfTheManagementPortHasNoRegistryOfItsOwn() {
        try (ConfigurableApplicationContext application = new SpringApplicationBuilder(SmallApplication.class)
                .sources(Listener.class)
                .run(
                        "--server.port=0",
                        "--management.server.port=0",
                        "--management.endpoints.web.exposure.include=*",
                        "--spring.main.banner-mode=off",
                        "--" + address)) {
            QmpClient client = running(application);
            Listener listener = application.getBean(Listener.class);
            assertThat(listener.servers)
                    .filteredOn(server -> server.getParent() == application)
                    .singleElement()
                    .satisfies(management -> {
                        assertThat(management.containsLocalBean("qmpClients")).isFalse();
                        assertThat(management.getBean(QmpClient.class)).isSameAs(client);
                    });
            monitor.server().emit(QmpEvent.of("E1"));
            Awaitility.await().until(() -> client.status().eventsReceived() == 1);
            application.stop(); // waits for the listeners
            assertThat(listener.events).containsExactly("E1");
        }
    }

    private static QmpClient running(ApplicationContext context) {
        QmpClient client = context.getBean(QmpClient.class);
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }

    static class Listener {

        private final List<String> events = new CopyOnWriteArrayList<>();
        private final List<ApplicationContext> servers = new CopyOnWriteArrayList<>();

        @EventListener
        void on(QmpEventReceivedEvent event) {
            events.add(event.getName());
        }

        @EventListener
        void on(WebServerInitializedEvent event) {
            servers.add(event.getApplicationContext());
        }
    }
}
