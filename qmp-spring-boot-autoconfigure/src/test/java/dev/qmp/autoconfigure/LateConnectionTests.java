package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistrar;
import org.springframework.test.context.support.DynamicPropertyRegistrarBeanInitializer;

/** Properties that a bean adds, after the beans of the connections were registered. */
class LateConnectionTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withUserConfiguration(LateAddress.class);

    /** Otherwise it would have no client, and its name would be in use. */
    @Test
    void aConnectionThatComesAfterTheBeansStopsTheStart() {
        runner.run(context -> assertThat(context)
                .getFailure()
                .hasRootCauseInstanceOf(InvalidQmpPropertyException.class)
                .rootCause()
                .hasMessage("Property qmp.connection.vm1: its first property came after the client beans were"
                        + " registered, as from a DynamicPropertyRegistrar"));
    }

    @Test
    void anEmptyAddressIsEnoughToNameAConnection() {
        runner.withPropertyValues("qmp.connection.vm1.address=")
                .run(context -> assertThat(context.getBean(QmpClient.class).endpoint())
                        .isEqualTo(Endpoint.parse("unix:/nowhere/late.qmp")));
    }

    @Configuration(proxyBeanMethods = false)
    @Import(DynamicPropertyRegistrarBeanInitializer.class)
    static class LateAddress {

        @Bean
        DynamicPropertyRegistrar machine() {
            return properties -> properties.add("qmp.connection.vm1.address", () -> "unix:/nowhere/late.qmp");
        }
    }
}
