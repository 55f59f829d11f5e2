package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnection;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class ClientBeansTests {

    private static final String[] TWO = {
        "qmp.defaults.auto-startup=false",
        "qmp.connection.vm1.address=unix:/tmp/none1.qmp",
        "qmp.connection.vm-2.address=tcp:localhost:1"
    };

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class));

    @Test
    void withoutConnectionsThereIsAnEmptyRegistryAndNoClient() {
        runner.run(context -> assertThat(context)
                .hasNotFailed()
                .hasSingleBean(QmpClients.class)
                .doesNotHaveBean(QmpClient.class)
                .satisfies(c -> assertThat(c.getBean(QmpClients.class).names()).isEmpty()));
    }

    @Test
    void theOnlyConnectionIsInjectedByType() {
        runner.withPropertyValues("qmp.connection.vm1.address=unix:/tmp/none.qmp")
                .run(context -> assertThat(context.getBean(QmpClient.class))
                        .isSameAs(context.getBean("vm1QmpClient"))
                        .isSameAs(context.getBean("vm1"))
                        .isSameAs(context.getBean(QmpClients.class).get("vm1"))
                        .satisfies(client -> assertThat(client.name()).isEqualTo("vm1")));
    }

    @Test
    void severalConnectionsAreInjectedByEveryWayThereIsToNameThem() {
        runner.withPropertyValues(TWO).withUserConfiguration(Consumers.class).run(context -> {
            Consumers consumers = context.getBean(Consumers.class);
            QmpClient vm1 = context.getBean(QmpClients.class).get("vm1");
            QmpClient vm2 = context.getBean(QmpClients.class).get("vm-2");
            assertThat(consumers.byAnnotation).isSameAs(vm2);
            assertThat(consumers.byAlias).isSameAs(vm2);
            assertThat(consumers.byBeanName).isSameAs(vm1);
            assertThat(consumers.byParameterName).isSameAs(vm1);
            assertThat(consumers.all).containsOnlyKeys("vm1", "vm-2");
        });
    }

    @Test
    void input40AMapOfClientsHasTheNamesOfTheConnectionsAsKeys() {
        runner.withPropertyValues(TWO).withUserConfiguration(Consumers.class).run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            assertThat(context.getBean(Consumers.class).all)
                    .containsOnly(Map.entry("vm1", clients.get("vm1")), Map.entry("vm-2", clients.get("vm-2")));
        });
    }

    @Test
    void amongSeveralTheTypeAloneIsAmbiguous() {
        runner.withPropertyValues(TWO).run(context -> org.assertj.core.api.Assertions.assertThatExceptionOfType(
                        NoUniqueBeanDefinitionException.class)
                .isThrownBy(() -> context.getBean(QmpClient.class))
                .withMessageContaining("vm1")
                .withMessageContaining("vm-2"));
    }

    @Test
    void thePrimaryConnectionIsInjectedByType() {
        runner.withPropertyValues(TWO)
                .withPropertyValues("qmp.connection.vm-2.primary=yes")
                .run(context ->
                        assertThat(context.getBean(QmpClient.class)).isSameAs(context.getBean("vm-2QmpClient")));
    }

    @Test
    void connectionsCannotShareAnAddressAsAMonitorServesOneClient() {
        runner.withPropertyValues("qmp.defaults.address=tcp:localhost:1")
                .run(context ->
                        assertThat(context).getFailure().rootCause().hasMessageContaining("qmp.defaults.address"));
    }

    @Test
    void aClientOfTheApplicationTakesThePlaceOfTheConfiguredOnes() {
        runner.withPropertyValues(TWO).withUserConfiguration(OwnClient.class).run(context -> {
            assertThat(context.getBean(QmpClient.class)).isSameAs(context.getBean("mine"));
            assertThat(context.getBean(QmpClients.class).names()).containsExactly("own");
        });
    }

    @Test
    void aClientThatIsNoDefaultCandidateStandsBesideTheConfiguredOnes() {
        runner.withPropertyValues("qmp.connection.vm1.address=unix:/tmp/none.qmp")
                .withUserConfiguration(ClientBeside.class)
                .run(context -> {
                    assertThat(context.getBean(QmpClients.class).names()).containsExactlyInAnyOrder("vm1", "beside");
                    assertThat(context.getBeanProvider(QmpClient.class).getObject())
                            .isSameAs(context.getBean("vm1"));
                });
    }

    @Test
    void aBeanMethodForAClientMayReturnNull() {
        runner.withPropertyValues("qmp.connection.vm1.address=unix:/tmp/none.qmp")
                .withUserConfiguration(NoClient.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm1");
                });
    }

    @Test
    void clientsAreClosedWithTheContext() {
        runner.withPropertyValues("qmp.connection.vm1.address=unix:/tmp/none.qmp")
                .run(context -> {
                    QmpClient client = context.getBean(QmpClient.class);
                    context.close();
                    assertThat(client.connect()).failsWithin(Duration.ofSeconds(10));
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class NoClient {

        @Bean(defaultCandidate = false)
        @Nullable
        QmpClient none() {
            return null;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Consumers {

        @Autowired
        @QmpConnection("vm-2")
        QmpClient byAnnotation;

        @Autowired
        @Qualifier("vm-2")
        QmpClient byAlias;

        @Autowired
        @Qualifier("vm1QmpClient")
        QmpClient byBeanName;

        @Autowired
        Map<String, QmpClient> all;

        QmpClient byParameterName;

        @Autowired
        void parameter(QmpClient vm1) {
            this.byParameterName = vm1;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClient {

        @Bean
        QmpClient mine() {
            return QmpClient.builder("unix:/tmp/mine.qmp").name("own").build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ClientBeside {

        @Bean(defaultCandidate = false)
        @Qualifier("beside")
        QmpClient special() {
            return QmpClient.builder("unix:/tmp/mine.qmp").name("beside").build();
        }
    }
}
