package dev.qmp.autoconfigure.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.observation.DefaultQmpCommandObservationConvention;
import dev.qmp.spring.observation.QmpCommandObservationContext;
import dev.qmp.spring.observation.QmpCommandObservationConvention;
import dev.qmp.spring.observation.QmpObservationDocumentation;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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
    void input22ObserversOfTheApplicationAddUpAndTheObservationStays() {
        List<String> calls = new CopyOnWriteArrayList<>();
        runner.withBean(
                        "late",
                        CommandObserver.class,
                        () -> recording("late", calls),
                        bean -> bean.setAttribute(AbstractBeanDefinition.ORDER_ATTRIBUTE, 2))
                .withBean(
                        "early",
                        CommandObserver.class,
                        () -> recording("early", calls),
                        bean -> bean.setAttribute(AbstractBeanDefinition.ORDER_ATTRIBUTE, 1))
                .withBean("broken", CommandObserver.class, () -> (client, command) -> {
                    throw new IllegalStateException("an observer's own mistake");
                })
                .withBean(
                        "customizer1",
                        QmpClientBuilderCustomizer.class,
                        () -> (name, builder) -> builder.commandObserver(recording("customizer1", calls)))
                .withBean(
                        "customizer2",
                        QmpClientBuilderCustomizer.class,
                        () -> (name, builder) -> builder.commandObserver(recording("customizer2", calls)))
                .run(context -> {
                    running(context).blocking().execute("query-status");
                    assertThat(calls)
                            .containsExactly(
                                    "early issued",
                                    "late issued",
                                    "customizer1 issued",
                                    "customizer2 issued",
                                    "customizer2 completed",
                                    "customizer1 completed",
                                    "late completed",
                                    "early completed");
                    TestObservationRegistryAssert.assertThat(observations)
                            .hasObservationWithNameEqualTo("qmp.commands")
                            .that()
                            .hasBeenStopped();
                });
    }

    private static CommandObserver recording(String name, List<String> calls) {
        return (client, command) -> {
            calls.add(name + " issued");
            return failure -> calls.add(name + " completed");
        };
    }

    /** As the README describes it. */
    @Test
    void aClientThatTheApplicationBuildsIsObservedAndCustomizedIfTheApplicationSaysSo() {
        List<String> customized = new ArrayList<>();
        runner.withBean(QmpClientBuilderCustomizer.class, () -> (name, builder) -> customized.add(name))
                .withUserConfiguration(OwnClient.class)
                .run(context -> {
                    running(context).blocking().execute("query-status");
                    assertThat(customized).containsExactly("own");
                    TestObservationRegistryAssert.assertThat(observations)
                            .hasObservationWithNameEqualTo("qmp.commands")
                            .that()
                            .hasLowCardinalityKeyValue("connection", "own")
                            .hasBeenStopped();
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClient {

        @Bean
        QmpClient own(
                @Value("${qmp.connection.vm1.address}") String address,
                ObjectProvider<CommandObserver> observers,
                ObjectProvider<QmpClientBuilderCustomizer> customizers) {
            QmpClientBuilder builder = QmpClient.builder(address);
            observers.orderedStream().forEach(builder::commandObserver);
            customizers.orderedStream().forEach(each -> each.customize("own", builder));
            return builder.name("own").build();
        }
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
