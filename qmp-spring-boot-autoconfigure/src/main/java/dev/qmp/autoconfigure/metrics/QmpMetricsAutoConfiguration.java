package dev.qmp.autoconfigure.metrics;

import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpListenerFailures;
import dev.qmp.spring.observation.DefaultQmpCommandObservationConvention;
import dev.qmp.spring.observation.DefaultQmpTaskObservationConvention;
import dev.qmp.spring.observation.QmpCommandObservationConvention;
import dev.qmp.spring.observation.QmpTaskObservationConvention;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationConvention;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.util.StringUtils;

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
    QmpMetrics qmpMetrics(
            QmpClients clients,
            QmpListenerFailures failures,
            ObjectProvider<QmpCommandObservationConvention> commands,
            ObjectProvider<QmpTaskObservationConvention> tasks) {
        Stream<ObservationConvention<?>> defaults =
                Stream.of(new DefaultQmpCommandObservationConvention(), new DefaultQmpTaskObservationConvention());
        Set<String> timers = Stream.concat(defaults, Stream.concat(commands.stream(), tasks.stream()))
                .map(ObservationConvention::getName)
                .filter(StringUtils::hasText)
                .collect(Collectors.toSet());
        return new QmpMetrics(clients, failures, timers);
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
