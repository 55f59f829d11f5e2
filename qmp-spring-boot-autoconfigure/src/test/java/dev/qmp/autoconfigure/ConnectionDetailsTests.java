package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnectionDetails;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Beans that change a connection: its address, and how its client is built. */
class ConnectionDetailsTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues(
                    "qmp.connection.vm1.address=unix:/nowhere/vm1.qmp",
                    "qmp.connection.vm2.address=unix:/nowhere/vm2.qmp");

    /** As a container or a test does that knows better where the machine is. */
    @Test
    void detailsTakeThePlaceOfTheAddressAndOfNothingElse() {
        try (TestMonitor monitor = TestMonitor.started()) {
            QmpConnectionDetails details = name -> name.equals("vm1") ? Endpoint.unix(monitor.socket()) : null;
            runner.withBean(QmpConnectionDetails.class, () -> details)
                    .withPropertyValues("qmp.connection.vm1.command-timeout=7s")
                    .run(context -> {
                        QmpClient vm1 = context.getBean("vm1", QmpClient.class);
                        Awaitility.await().until(() -> vm1.runstate() == Runstate.RUNNING);
                        assertThat(vm1.endpoint()).isEqualTo(Endpoint.unix(monitor.socket()));
                        assertThat(context.getBean("vm2", QmpClient.class).endpoint())
                                .hasToString("unix:/nowhere/vm2.qmp");
                        assertThat(context).hasSingleBean(ConnectionDetails.class);
                    });
        }
    }

    @Test
    void aConnectionThatOnlyTheDetailsKnowNeedsNoAddress() {
        QmpConnectionDetails details = name -> Endpoint.tcp("127.0.0.1", 1);
        runner.withBean(QmpConnectionDetails.class, () -> details)
                .withPropertyValues("qmp.connection.vm3.address=")
                .run(context -> assertThat(
                                context.getBean("vm3", QmpClient.class).endpoint())
                        .hasToString("tcp:127.0.0.1:1"));
    }

    /** Connection details supply the address, and also whether the machine speaks TLS. */
    @Test
    void detailsThatGiveAnEndpointAndNoBundleSwitchTlsOff() {
        try (TestMonitor monitor = TestMonitor.started()) {
            QmpConnectionDetails details = name -> name.equals("vm1") ? Endpoint.unix(monitor.socket()) : null;
            runner.withBean(QmpConnectionDetails.class, () -> details)
                    .withPropertyValues("qmp.connection.vm1.ssl.bundle=none")
                    .run(context -> Awaitility.await()
                            .until(() -> context.getBean("vm1", QmpClient.class).runstate() == Runstate.RUNNING));
        }
    }

    /** As with TLS, the details decide on the transport, and the property is meant for another one. */
    @Test
    void detailsThatListenSwitchFileDescriptorsOff() {
        QmpConnectionDetails details = new QmpConnectionDetails() {

            @Override
            public Endpoint getEndpoint(String connectionName) {
                return Endpoint.parse("unix:/nowhere/given-" + connectionName);
            }

            @Override
            public ConnectMode getMode(String connectionName) {
                return ConnectMode.LISTEN;
            }
        };
        runner.withBean(QmpConnectionDetails.class, () -> details)
                .withPropertyValues("qmp.defaults.auto-startup=false", "qmp.defaults.file-descriptors=true")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBeansOfType(QmpClient.class))
                            .hasSize(2)
                            .allSatisfy((name, client) -> assertThat(
                                            client.options().protocol().fileDescriptors())
                                    .isFalse());
                });
    }

    @Test
    void ofSeveralDetailsTheFirstThatGivesAnEndpointCounts() {
        runner.withBean("b", DetailsBean.class, () -> new DetailsBean(2, Map.of("vm1", "tcp:b:1", "vm2", "tcp:b:2")))
                .withBean("a", DetailsBean.class, () -> new DetailsBean(1, Map.of("vm1", "tcp:a:1")))
                .withPropertyValues("qmp.defaults.auto-startup=false")
                .run(context -> assertThat(
                                context.getBean(QmpClients.class).asMap().values())
                        .extracting(client -> client.endpoint().toString())
                        .containsExactly("tcp:a:1", "tcp:b:2"));
    }

    record DetailsBean(int order, Map<String, String> addresses) implements QmpConnectionDetails, Ordered {

        @Override
        public @Nullable Endpoint getEndpoint(String connectionName) {
            String address = addresses.get(connectionName);
            return address == null ? null : Endpoint.parse(address);
        }

        @Override
        public int getOrder() {
            return order;
        }
    }

    @Test
    void customizersComeLastInTheirOrderAndTheNameStays() {
        List<String> calls = new ArrayList<>();
        runner.withBean("b", Second.class, () -> new Second(calls))
                .withBean("a", First.class, () -> new First(calls))
                .run(context -> {
                    assertThat(calls).containsExactly("first vm1", "second vm1", "first vm2", "second vm2");
                    assertThat(context.getBeansOfType(QmpClient.class).values())
                            .extracting(QmpClient::name)
                            .containsExactlyInAnyOrder("vm1", "vm2");
                    assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm1", "vm2");
                });
    }

    @Order(Ordered.HIGHEST_PRECEDENCE)
    record First(List<String> calls) implements QmpClientBuilderCustomizer {

        @Override
        public void customize(String connectionName, QmpClientBuilder builder) {
            calls.add("first " + connectionName);
            builder.name("first-" + connectionName);
        }
    }

    @Order(Ordered.LOWEST_PRECEDENCE)
    record Second(List<String> calls) implements QmpClientBuilderCustomizer {

        @Override
        public void customize(String connectionName, QmpClientBuilder builder) {
            calls.add("second " + connectionName);
            builder.name("renamed-" + connectionName);
        }
    }
}
