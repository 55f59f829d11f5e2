package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.qmp.QmpClient;
import dev.qmp.agent.GuestAgent;
import dev.qmp.protocol.Endpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistrar;
import org.springframework.test.context.support.DynamicPropertyRegistrarBeanInitializer;

/** Properties that a bean adds, after the beans of the connections were registered. */
@ExtendWith(OutputCaptureExtension.class)
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

    /** The bean is created before the check of the names. */
    @Test
    void aBeanWithALateClientIsAnsweredWithTheReason(CapturedOutput output) {
        assertThat(analysis(output, LateAddress.class, WithClient.class))
                .contains("Property qmp.connection.vm1 cannot be used")
                .contains("Reason: its first property came after the client beans were registered")
                .contains("Name the connection in a file");
    }

    /** Otherwise the analysis would advise to name the parameter as its connection, which it is. */
    @Test
    void aLateClientBesideSeveralOthersIsAnsweredWithTheReason(CapturedOutput output) {
        assertThat(analysis(
                        output,
                        LateAddress.class,
                        WithClient.class,
                        "--qmp.connection.vm2.address=unix:/nowhere/2.qmp",
                        "--qmp.connection.vm3.address=unix:/nowhere/3.qmp"))
                .contains("Property qmp.connection.vm1 cannot be used");
    }

    @Test
    void aBeanWithALateGuestAgentIsAnsweredWithTheReason(CapturedOutput output) {
        assertThat(analysis(
                        output,
                        LateProtocol.class,
                        WithAgent.class,
                        "--qmp.connection.vm1.address=unix:/nowhere/late.qga"))
                .contains("Property qmp.connection.vm1.protocol cannot be used")
                .contains("Reason: it came after the client beans were registered")
                .contains("Set it in a file");
    }

    private static String analysis(CapturedOutput output, Class<?> late, Class<?> user, String... arguments) {
        assertThatException().isThrownBy(() -> new SpringApplicationBuilder(late, user)
                .web(WebApplicationType.NONE)
                .run(arguments)
                .close());
        return output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED TO START"));
    }

    @Test
    void anEmptyAddressIsEnoughToNameAConnection() {
        runner.withPropertyValues("qmp.connection.vm1.address=")
                .run(context -> assertThat(context.getBean(QmpClient.class).endpoint())
                        .isEqualTo(Endpoint.parse("unix:/nowhere/late.qmp")));
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class WithClient {

        @Bean
        String status(QmpClient vm1) {
            return vm1.name();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class WithAgent {

        @Bean
        String status(GuestAgent agent) {
            return agent.toString();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(DynamicPropertyRegistrarBeanInitializer.class)
    static class LateProtocol {

        @Bean
        DynamicPropertyRegistrar machine() {
            return properties -> properties.add("qmp.connection.vm1.protocol", () -> "guest-agent");
        }
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
