package dev.qmp.autoconfigure.health;

import dev.qmp.autoconfigure.LocalBeans;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpFleet;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/** Auto-configuration of the health contributor {@code qmp}. */
@AutoConfiguration(after = QmpAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(QmpClients.class)
@ConditionalOnEnabledHealthIndicator("qmp")
@EnableConfigurationProperties(QmpHealthProperties.class)
public final class QmpHealthContributorAutoConfiguration {

    QmpHealthContributorAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(name = {"qmpHealthIndicator", "qmpHealthContributor"})
    QmpHealthContributor qmpHealthContributor(
            QmpClients clients, QmpHealthProperties properties, ApplicationContext context) {
        return new QmpHealthContributor(
                clients, properties, SingletonSupplier.ofNullable(() -> LocalBeans.find(context, QmpFleet.class)));
    }

    /** Created at the start, because guest statuses are followed from then on. */
    @Bean
    static LazyInitializationExcludeFilter qmpHealthIsNotLazy() {
        return LazyInitializationExcludeFilter.forBeanTypes(QmpHealthContributor.class);
    }
}
