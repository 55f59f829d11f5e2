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
     * Created at the start, because it counts events from then on. The meter registry exists before the clients.
     * Otherwise the clients' observations would request it during their creation, and it would request the clients:
     * a cycle.
     */
    @Bean
    static LazyInitializationExcludeFilter qmpMetricsAreNotLazy() {
        return LazyInitializationExcludeFilter.forBeanTypes(QmpMetrics.class, MeterRegistry.class);
    }
}
