package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.qmp.QmpClient;
import dev.qmp.spring.QmpFleet;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** An application without one of the integrations does not notice. */
class OptionalityTests {

    private static final List<String> IMPORTS =
            ImportCandidates.load(AutoConfiguration.class, OptionalityTests.class.getClassLoader())
                    .getCandidates()
                    .stream()
                    .filter(name -> name.startsWith("dev.qmp."))
                    .toList();

    private static final List<String> INTEGRATIONS =
            List.of("qmpHealthContributor", "qmpEndpoint", "qmpMetrics", "qmpCommandObserver");

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(load()))
            .withPropertyValues("qmp.connection.vm1.address=unix:/tmp/none.qmp");

    @Test
    void withoutHealthThereIsAllButTheContributor() {
        everything()
                .withClassLoader(new FilteredClassLoader(HealthIndicator.class))
                .run(context -> assertHasAllBut(context, "qmpHealthContributor"));
    }

    @Test
    void withoutActuatorThereIsAllButTheEndpoint() {
        everything()
                .withClassLoader(new FilteredClassLoader(Endpoint.class))
                .run(context -> assertHasAllBut(context, "qmpEndpoint"));
    }

    @Test
    void withoutMicrometerMetricsThereIsAllButTheMeters() {
        everything()
                .withClassLoader(new FilteredClassLoader(MeterRegistry.class))
                .run(context -> assertHasAllBut(context, "qmpMetrics"));
    }

    @Test
    void withoutMicrometerObservationThereIsAllButTheObserver() {
        everything()
                .withClassLoader(new FilteredClassLoader(ObservationRegistry.class))
                .run(context -> assertHasAllBut(context, "qmpCommandObserver"));
    }

    @Test
    void withoutWebThereIsAll() {
        everything()
                .withClassLoader(new FilteredClassLoader(
                        "org.springframework.web", "org.springframework.boot.web", "jakarta.servlet"))
                .run(context -> assertHasAllBut(context, "none"));
    }

    /** Boot's own auto-configuration of them is not there, and applications that need none start as usual. */
    @Test
    void withoutSslBundlesThereIsAll() {
        everything()
                .withClassLoader(new FilteredClassLoader("org.springframework.boot.autoconfigure.ssl"))
                .run(context -> {
                    assertThat(context).doesNotHaveBean(SslBundles.class);
                    assertHasAllBut(context, "none");
                });
    }

    @Test
    void withoutHazelcastThereIsAll() {
        everything().withClassLoader(new FilteredClassLoader("com.hazelcast")).run(context -> {
            assertHasAllBut(context, "none");
            assertThat(context).doesNotHaveBean(QmpFleet.class);
        });
    }

    @Test
    void withHazelcastThereIsNoFleetUnlessItIsEnabled() {
        everything().run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(QmpFleet.class));
    }

    /** An instance that ignored the property would connect to the machines of the others. */
    @Test
    void aFleetWithoutHazelcastStopsTheStart() {
        everything()
                .withPropertyValues("qmp.fleet.enabled=true")
                .withClassLoader(new FilteredClassLoader("com.hazelcast"))
                .run(context ->
                        assertThat(context).getFailure().hasStackTraceContaining("Hazelcast is not on the class path"));
        everything().withPropertyValues("qmp.fleet.enabled=true").run(context -> assertThat(context)
                .getFailure()
                .hasStackTraceContaining("there is no HazelcastInstance bean"));
    }

    private ApplicationContextRunner everything() {
        return runner.withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=qmp")
                .withBean(SimpleMeterRegistry.class)
                .withBean(ObservationRegistry.class, ObservationRegistry::create);
    }

    private static void assertHasAllBut(AssertableApplicationContext context, String missing) {
        assertThat(context).hasNotFailed().hasSingleBean(QmpClient.class);
        for (String bean : INTEGRATIONS) {
            assertThat(context.containsBean(bean)).as(bean).isEqualTo(!bean.equals(missing));
        }
    }

    /** Jars are missing altogether, and with them the annotations and signatures that name their classes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring-boot-health",
                "spring-boot-actuator",
                "spring-boot-micrometer",
                "micrometer-",
                "hazelcast-",
                // what the starter brings, and no more
                "spring-boot-health|spring-boot-actuator|micrometer-|spring-boot-micrometer|spring-web|spring-boot-web"
                        + "|spring-boot-servlet|spring-boot-tomcat|tomcat|spring-test|spring-boot-test",
            })
    void anApplicationStartsWithoutJarsNamed(String pattern) throws Exception {
        assertThat(ReducedClassPath.without(pattern)
                        .start(
                                "--qmp.connection.vm1.address=unix:/tmp/none.qmp",
                                "--spring.main.web-application-type=none"))
                .isEqualTo("vm1");
    }

    @Test
    void withEverythingEveryIntegrationIsThere() {
        everything().run(context -> assertHasAllBut(context, "none"));
    }

    /** Boot withdraws its own executor and scheduler where the application has any. */
    @Test
    void theApplicationKeepsItsExecutors() {
        runner.withConfiguration(AutoConfigurations.of(
                        TaskExecutionAutoConfiguration.class, TaskSchedulingAutoConfiguration.class))
                .run(context -> assertThat(context)
                        .hasBean("applicationTaskExecutor")
                        .getBeans(Executor.class)
                        .containsOnlyKeys("applicationTaskExecutor"));
    }

    @Test
    void theImportsAreSortedAndComplete() {
        assertThat(IMPORTS).isSorted().doesNotHaveDuplicates();
        List<String> written = new ClassFileImporter()
                        .withImportOption(location -> !location.contains("/test"))
                        .importPackages("dev.qmp.autoconfigure", "dev.qmp.spring")
                        .stream()
                        .filter(type -> type.isAnnotatedWith(AutoConfiguration.class))
                        .map(type -> type.getName())
                        .toList();
        assertThat(IMPORTS).containsExactlyInAnyOrderElementsOf(written);
    }

    private static Class<?>[] load() {
        return IMPORTS.stream().map(OptionalityTests::load).toArray(Class<?>[]::new);
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
