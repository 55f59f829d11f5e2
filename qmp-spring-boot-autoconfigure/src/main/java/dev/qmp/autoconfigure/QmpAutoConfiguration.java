package dev.qmp.autoconfigure;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.thread.Threading;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** Auto-configuration of QMP clients. */
@AutoConfiguration
@ConditionalOnClass(QmpClient.class)
@EnableConfigurationProperties(QmpProperties.class)
public final class QmpAutoConfiguration {

    QmpAutoConfiguration() {}

    @Bean
    QmpClientResources qmpClientResources(Environment environment) {
        return new QmpClientResources(Threading.VIRTUAL.isActive(environment));
    }

    @Bean
    QmpClientFactory qmpClientFactory(
            QmpProperties properties,
            QmpClientResources resources,
            ObjectProvider<QmpConnectionDetails> details,
            ObjectProvider<SslBundles> sslBundles,
            ObjectProvider<QmpClientBuilderCustomizer> customizers,
            ObjectProvider<CommandObserver> observer) {
        return new QmpClientFactory(
                properties, resources, details, new SslBundleTls(sslBundles), customizers, observer);
    }

    @Bean
    DefaultQmpClients qmpClients(
            QmpClientFactory factory, QmpClientResources resources, ApplicationEventPublisher publisher) {
        DefaultQmpClients clients = new DefaultQmpClients(factory);
        clients.addListener(new QmpEventPublisher(publisher, resources.eventExecutor()));
        return clients;
    }

    @Bean
    QmpClientLifecycle qmpClientLifecycle(
            DefaultQmpClients clients, QmpClientFactory factory, ObjectProvider<QmpClient> beans) {
        return new QmpClientLifecycle(clients, factory, beans);
    }

    /** A client of the application's own, if it is a default candidate, takes the place of all configured ones. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(QmpClient.class)
    @Import(QmpClientRegistrar.class)
    static class ConfiguredClients {}
}
