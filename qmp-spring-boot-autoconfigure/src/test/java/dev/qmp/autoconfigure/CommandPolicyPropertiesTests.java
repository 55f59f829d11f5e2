package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.endpoint.QmpEndpoint;
import dev.qmp.autoconfigure.endpoint.QmpEndpoint.ConnectionDescriptor;
import dev.qmp.autoconfigure.endpoint.QmpEndpointAutoConfiguration;
import dev.qmp.autoconfigure.metrics.QmpMetricsAutoConfiguration;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The command policy of a connection in the configuration, the endpoint and the meters. */
class CommandPolicyPropertiesTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    MetricsAutoConfiguration.class,
                    CompositeMeterRegistryAutoConfiguration.class,
                    SimpleMetricsExportAutoConfiguration.class,
                    QmpAutoConfiguration.class,
                    QmpEndpointAutoConfiguration.class,
                    QmpMetricsAutoConfiguration.class))
            .withPropertyValues(
                    "management.endpoints.jmx.exposure.include=qmp",
                    "spring.jmx.enabled=true",
                    "qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void aRefusedCommandShowsInTheEndpointAndTheMeters() {
        runner.withPropertyValues(
                        "qmp.connection.vm1.commands.allow=read-only, cont", "qmp.defaults.commands.deny=quit")
                .run(context -> {
                    QmpClient client = context.getBean(QmpClient.class);
                    Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
                    assertThat(client.blocking().execute("query-status").has("status"))
                            .isTrue();
                    assertThatExceptionOfType(CommandRefusedException.class)
                            .isThrownBy(() -> client.blocking().execute("stop"));
                    ConnectionDescriptor vm1 =
                            context.getBean(QmpEndpoint.class).connection("vm1");
                    assertThat(vm1.commandPolicy().allow()).containsExactly("read-only", "cont");
                    assertThat(vm1.commandPolicy().deny()).containsExactly("quit");
                    assertThat(vm1.commandsRefused()).isEqualTo(1);
                    assertThat(context.getBean(MeterRegistry.class)
                                    .get("qmp.commands.refused")
                                    .tag("connection", "vm1")
                                    .functionCounter()
                                    .count())
                            .isEqualTo(1);
                    assertThat(monitor.server().received())
                            .extracting(QmpCommand::name)
                            .doesNotContain("stop");
                });
    }

    @Test
    void withoutEntriesEveryCommandIsSent() {
        runner.run(context ->
                assertThat(policy(context.getBean(QmpClient.class))).isEqualTo(CommandPolicy.unrestricted()));
    }

    @Test
    void aConnectionsListReplacesTheDefault() {
        runner.withPropertyValues(
                        "qmp.defaults.commands.allow=read-only",
                        "qmp.defaults.commands.deny[0]=query-vnc",
                        "qmp.connection.vm1.commands.allow[0]=*",
                        "qmp.connection.vm1.commands.allow[1]=human-monitor-command")
                .run(context -> assertThat(policy(context.getBean(QmpClient.class)))
                        .hasToString("allow: *, human-monitor-command; deny: query-vnc"));
    }

    @Test
    void theDefaultPolicyCountsForConnectionsThatAreAddedLater() {
        runner.withPropertyValues("qmp.defaults.commands.allow=read-only").run(context -> {
            QmpClient added = context.getBean(QmpClients.class).add("vm2", "tcp:localhost:1");
            assertThat(policy(added)).isEqualTo(CommandPolicy.readOnly());
        });
    }

    @Test
    void anEntryThatCannotBeMeantStopsTheStartAndNamesItsProperty() {
        assertRefused("qmp.connection.vm1.commands.allow=query status", "qmp.connection.vm1.commands.allow");
        assertRefused("qmp.defaults.commands.deny=read-only", "qmp.defaults.commands.deny");
        assertRefused("qmp.defaults.commands.allow=", "qmp.defaults.commands.allow");
        assertRefused("qmp.defaults.commands.alow=stop", "qmp.defaults.commands.allow");
    }

    private void assertRefused(String property, String named) {
        runner.withPropertyValues(property)
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining(named));
    }

    private static CommandPolicy policy(QmpClient client) {
        return client.status().commandPolicy();
    }
}
