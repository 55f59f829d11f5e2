package dev.qmp.autoconfigure.metrics;

import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpListenerFailures;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the connections' meters. */
@AutoConfiguration(
        after = QmpAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({QmpClients.class, MeterRegistry.class})
public final class QmpMetricsAutoConfiguration {

    QmpMetricsAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    QmpMetrics qmpMetrics(QmpClients clients, QmpListenerFailures failures) {
        return new QmpMetrics(clients, failures);
    }

    /**
     * It counts events from the start on, and the registry that binds it is there before the clients: their observations
     * would otherwise ask for the registry while they are made, and that for this, which asks for the clients.
     */
    @Bean
    static LazyInitializationExcludeFilter qmpMetricsAreNotLazy() {
        return LazyInitializationExcludeFilter.forBeanTypes(QmpMetrics.class, MeterRegistry.class);
    }
}
