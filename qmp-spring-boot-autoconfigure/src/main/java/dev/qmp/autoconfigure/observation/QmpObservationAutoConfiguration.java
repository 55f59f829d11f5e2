package dev.qmp.autoconfigure.observation;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.spring.observation.QmpCommandObservationConvention;
import dev.qmp.spring.observation.QmpTaskObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the observation of commands and tasks. */
@AutoConfiguration(
        before = QmpAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass({QmpClient.class, ObservationRegistry.class})
@ConditionalOnBean(ObservationRegistry.class)
public final class QmpObservationAutoConfiguration {

    QmpObservationAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(name = "qmpCommandObserver")
    ObservingCommandObserver qmpCommandObserver(
            ObservationRegistry registry, ObjectProvider<QmpCommandObservationConvention> convention) {
        return new ObservingCommandObserver(registry, convention.getIfAvailable());
    }

    @Bean
    @ConditionalOnMissingBean(name = "qmpTaskObserver")
    ObservingTaskObserver qmpTaskObserver(
            ObservationRegistry registry, ObjectProvider<QmpTaskObservationConvention> convention) {
        return new ObservingTaskObserver(registry, convention.getIfAvailable());
    }
}
