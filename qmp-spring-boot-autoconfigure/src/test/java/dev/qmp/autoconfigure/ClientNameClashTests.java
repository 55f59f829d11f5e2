package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class ClientNameClashTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.web.address=unix:/tmp/none.qmp")
            .withUserConfiguration(WebBean.class);

    /** Otherwise an alias would hide the bean, and its users would fail with a wrong type. */
    @Test
    void aConnectionNamedAsAnotherBeanStopsTheStartAndSaysSo() {
        runner.run(context -> assertThat(context)
                .getFailure()
                .isInstanceOf(InvalidQmpPropertyException.class)
                .hasMessageContaining("qmp.connection.web")
                .hasMessageContaining("bean"));
    }

    /** Spring has these without a definition: a bean of the same name would take their place in silence. */
    @ParameterizedTest
    @ValueSource(strings = {"environment", "systemProperties", "applicationEventMulticaster"})
    void input40AConnectionCannotTakeTheNameOfABeanThatSpringNeeds(String name) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                .withPropertyValues("qmp.connection." + name + ".address=unix:/tmp/none.qmp")
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidQmpPropertyException.class)
                        .hasMessageContaining("qmp.connection." + name));
    }

    @Configuration(proxyBeanMethods = false)
    static class WebBean {

        @Bean
        StringBuilder web() {
            return new StringBuilder("the application's own");
        }
    }
}
