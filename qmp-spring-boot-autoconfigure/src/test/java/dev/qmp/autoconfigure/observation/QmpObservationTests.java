package dev.qmp.autoconfigure.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class QmpObservationTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final TestObservationRegistry observations = TestObservationRegistry.create();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class, QmpObservationAutoConfiguration.class))
            .withBean(TestObservationRegistry.class, () -> observations)
            .withPropertyValues("qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void aCommandIsObservedUnderTheObservationOfItsCaller() {
        runner.run(context -> {
            QmpClient client = running(context);
            Observation parent = Observation.createNotStarted("caller", observations);
            parent.observe(() -> client.blocking().execute("query-status"));
            TestObservationRegistryAssert.assertThat(observations)
                    .hasObservationWithNameEqualTo("qmp.commands")
                    .that()
                    .hasParentObservationEqualTo(parent)
                    .hasContextualNameEqualTo("qmp query-status")
                    .hasLowCardinalityKeyValue("command", "query-status")
                    .hasLowCardinalityKeyValue("connection", "vm1")
                    .hasLowCardinalityKeyValue("error.class", "none")
                    .hasLowCardinalityKeyValue("outcome", "SUCCESS")
                    .doesNotHaveError()
                    .hasBeenStopped();
        });
    }

    @Test
    void aRejectedCommandTellsTheClassOfItsError() {
        runner.run(context -> {
            QmpClient client = running(context);
            assertThatExceptionOfType(RejectedException.class)
                    .isThrownBy(() -> client.blocking().execute("nonsense"));
            TestObservationRegistryAssert.assertThat(observations)
                    .hasObservationWithNameEqualTo("qmp.commands")
                    .that()
                    .hasLowCardinalityKeyValue("command", "UNKNOWN")
                    .hasLowCardinalityKeyValue("error.class", "CommandNotFound")
                    .hasLowCardinalityKeyValue("outcome", "REJECTED")
                    .hasBeenStopped();
        });
    }

    @Test
    void aCommandWithoutAReplyDoesNotProveThatTheMachineKnowsIt() {
        monitor.server().handle("made-up", CommandHandler.hangingUp());
        runner.run(context -> {
            QmpClient client = running(context);
            assertThatExceptionOfType(OutcomeUnknownException.class)
                    .isThrownBy(() -> client.blocking().execute("made-up"));
            TestObservationRegistryAssert.assertThat(observations)
                    .hasObservationWithNameEqualTo("qmp.commands")
                    .that()
                    .hasLowCardinalityKeyValue("command", "UNKNOWN")
                    .hasLowCardinalityKeyValue("outcome", "UNKNOWN")
                    .hasBeenStopped();
        });
    }

    @Test
    void aConventionOfTheApplicationTakesThePlaceOfTheDefault() {
        runner.withBean(QmpCommandObservationConvention.class, Renaming::new).run(context -> {
            running(context).blocking().execute("query-status");
            TestObservationRegistryAssert.assertThat(observations)
                    .hasObservationWithNameEqualTo("vm.calls")
                    .that()
                    .hasLowCardinalityKeyValue("team", "blue")
                    .hasBeenStopped();
        });
    }

    @Test
    void theDocumentationNamesTheKeysThatTheDefaultConventionSets() {
        assertThat(QmpObservationDocumentation.QMP_COMMAND.getLowCardinalityKeyNames())
                .extracting(key -> key.asString())
                .containsExactly("command", "connection", "error.class", "outcome");
        assertThat(QmpObservationDocumentation.QMP_COMMAND.getDefaultConvention())
                .isEqualTo(DefaultQmpCommandObservationConvention.class);
    }

    private static QmpClient running(AssertableApplicationContext context) {
        QmpClient client = context.getBean(QmpClient.class);
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }

    static class Renaming extends DefaultQmpCommandObservationConvention {

        Renaming() {
            super("vm.calls");
        }

        @Override
        public KeyValues getLowCardinalityKeyValues(QmpCommandObservationContext context) {
            return super.getLowCardinalityKeyValues(context).and("team", "blue");
        }
    }
}
