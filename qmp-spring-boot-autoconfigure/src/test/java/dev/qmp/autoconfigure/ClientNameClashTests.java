package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.util.ClassUtils;

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

    /** Otherwise the client would replace the application's bean. */
    @ParameterizedTest
    @ValueSource(strings = {"web", "webQmpClient", "webGuestAgent"})
    void aConnectionDoesNotOverrideABeanThatSpringLetsItOverride(String bean) {
        assertClash(bean, true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "webQmpClient", "webGuestAgent"})
    void aClashThatSpringFindsNamesTheOtherBean(String bean) {
        assertClash(bean, false);
    }

    private static void assertClash(String bean, boolean overriding) {
        new ApplicationContextRunner()
                .withAllowBeanDefinitionOverriding(overriding)
                .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                .withPropertyValues(
                        "qmp.connection.web.address=unix:/tmp/none.qmp", "qmp.connection.web.protocol=guest-agent")
                .withBean(bean, StringBuilder.class)
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidQmpPropertyException.class)
                        .hasMessage("Property qmp.connection.web: there is another bean '" + bean + "'"));
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

    static Stream<String> ownBeans() {
        return ImportCandidates.load(AutoConfiguration.class, null).getCandidates().stream()
                .filter(name -> name.startsWith("dev.qmp."))
                .map(name -> ClassUtils.resolveClassName(name, null))
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> method.isAnnotationPresent(Bean.class))
                .map(Method::getName);
    }

    /** Spring registers these later, so its message on the clash would blame the starter. */
    @ParameterizedTest
    @MethodSource("ownBeans")
    void aConnectionCannotTakeTheNameOfABeanOfTheStarter(String name) {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .addLast(new MapPropertySource("file", Map.of("qmp.connection." + name + ".address", "x")));
        assertThatExceptionOfType(InvalidQmpPropertyException.class)
                .isThrownBy(() -> new QmpClientRegistrar().register(mock(BeanRegistry.class), environment))
                .withMessage("Property qmp.connection." + name
                        + ": the starter or Spring uses this name for a bean of its own");
    }

    @Configuration(proxyBeanMethods = false)
    static class WebBean {

        @Bean
        StringBuilder web() {
            return new StringBuilder("the application's own");
        }
    }
}
