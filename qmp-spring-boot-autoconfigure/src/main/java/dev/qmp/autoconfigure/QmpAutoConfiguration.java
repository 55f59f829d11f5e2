package dev.qmp.autoconfigure;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpConnectionDetails;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.thread.Threading;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of QMP clients. Late, since every condition on beans that comes after it looks at every client: with
 * a thousand of them, that shows in the start.
 */
@AutoConfiguration
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass(QmpClient.class)
@EnableConfigurationProperties(QmpProperties.class)
@ImportRuntimeHints(QmpRuntimeHints.class)
public final class QmpAutoConfiguration {

    QmpAutoConfiguration() {}

    @Bean
    QmpClientResources qmpClientResources(Environment environment) {
        return new QmpClientResources(Threading.VIRTUAL.isActive(environment));
    }

    @Bean
    QmpClientFactory qmpClientFactory(
            QmpProperties properties,
            Environment environment,
            QmpClientResources resources,
            ObjectProvider<QmpConnectionDetails> details,
            ObjectProvider<SslBundles> sslBundles,
            ObjectProvider<QmpClientBuilderCustomizer> customizers,
            ObjectProvider<CommandObserver> observers,
            ObjectProvider<DefaultQmpClients> clients) {
        SslBundleTls tls = new SslBundleTls(
                sslBundles,
                new SslBundleCheck(environment),
                () -> clients.ifAvailable(DefaultQmpClients::retryRefusedTls));
        return new QmpClientFactory(
                properties, ConnectionNames.of(environment).keySet(), resources, details, tls, customizers, observers);
    }

    @Bean
    DefaultQmpClients qmpClients(
            QmpClientFactory factory,
            QmpClientResources resources,
            ApplicationEventPublisher publisher,
            ListenerFailures failures,
            ObjectProvider<ConnectionOwnership> ownership) {
        return new DefaultQmpClients(
                factory,
                new QmpEventPublisher(publisher, resources.eventExecutor(), failures),
                ownership::getIfAvailable);
    }

    /** The multicaster, which is among the first beans, needs it: static. */
    @Bean
    static ListenerFailures qmpListenerFailures() {
        return new ListenerFailures();
    }

    /**
     * An application's own multicaster stays. A parent context's does not count, because each context has its own.
     */
    @Bean(AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME)
    @ConditionalOnMissingBean(
            name = AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
            search = SearchStrategy.CURRENT)
    static QmpEventMulticaster applicationEventMulticaster(BeanFactory beans, ListenerFailures failures) {
        return new QmpEventMulticaster(beans, failures);
    }

    @Bean
    QmpClientLifecycle qmpClientLifecycle(
            DefaultQmpClients clients, QmpProperties properties, ApplicationContext context) {
        return new QmpClientLifecycle(
                clients, new ClientBeans(context), new KeepAlive(properties.getKeepAlive(), context));
    }

    @Bean
    QmpSocketDirectory qmpSocketDirectory(QmpProperties properties, DefaultQmpClients clients) {
        return new QmpSocketDirectory(properties.getDiscovery().getDirectory(), clients);
    }

    /** Post-processes the bean factory: static. */
    @Bean
    static ConfiguredKeysCheck qmpConfiguredKeysCheck(Environment environment) {
        return new ConfiguredKeysCheck(environment);
    }

    /** Needed before any properties are bound: static. */
    @Bean
    static ConfigurationPropertiesBindHandlerAdvisor qmpConnectionKeys() {
        return PresentKeys::new;
    }

    /** Listener methods are looked for before most beans exist: static, so as not to have this class among the first. */
    @Bean
    static QmpEventListenerFactory qmpEventListenerFactory() {
        return new QmpEventListenerFactory();
    }

    /** A client of the application's own, if it is a default candidate, takes the place of all configured ones. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(QmpClient.class)
    @Import(QmpClientRegistrar.class)
    static class ConfiguredClients {}
}
