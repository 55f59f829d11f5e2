package dev.qmp.autoconfigure;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.TaskObserver;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpConnectionDetails;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
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
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of QMP clients. It is ordered late, because each later condition on beans inspects every client
 * bean: with a thousand connections, that slows down the start.
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
            ConfigurableListableBeanFactory beans,
            QmpClientResources resources,
            ObjectProvider<QmpConnectionDetails> details,
            ObjectProvider<SslBundles> sslBundles,
            ObjectProvider<QmpClientBuilderCustomizer> customizers,
            ObjectProvider<CommandObserver> observers,
            ObjectProvider<TaskObserver> taskObservers,
            ObjectProvider<DefaultQmpClients> clients) {
        SslBundleTls tls = new SslBundleTls(
                sslBundles,
                new SslBundleCheck(environment),
                () -> clients.ifAvailable(DefaultQmpClients::retryRefusedTls));
        Set<String> names = ConnectionNames.of(environment).keySet();
        if (beans.containsLocalBean(ConfiguredClients.class.getName())) {
            QmpClientRegistrar.checkRegistered(names, beans);
        }
        return new QmpClientFactory(properties, names, resources, details, tls, customizers, observers, taskObservers);
    }

    @Bean
    DefaultQmpClients qmpClients(
            QmpClientFactory factory,
            QmpClientResources resources,
            ApplicationEventPublisher publisher,
            ListenerFailures failures,
            TaskEvents tasks,
            ApplicationContext context) {
        return new DefaultQmpClients(
                factory,
                new QmpEventPublisher(publisher, resources.eventExecutor(), failures, tasks),
                () -> LocalBeans.find(context, ConnectionOwnership.class),
                context.containsLocalBean(ConfiguredClients.class.getName()));
    }

    /** Static, because the clients' factory needs it before the other beans of this class. */
    @Bean
    static TaskEvents qmpTaskEvents(ApplicationEventPublisher publisher, ListenerFailures failures) {
        return new TaskEvents(publisher, failures);
    }

    /** Static, because the multicaster, one of the first beans, needs it. */
    @Bean
    static ListenerFailures qmpListenerFailures() {
        return new ListenerFailures();
    }

    /**
     * Not created if the application has its own multicaster. A parent context's multicaster does not count, because
     * each context has its own.
     */
    @Bean(AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME)
    @ConditionalOnMissingBean(
            name = AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
            search = SearchStrategy.CURRENT)
    static QmpEventMulticaster applicationEventMulticaster(BeanFactory beans, ListenerFailures failures) {
        return new QmpEventMulticaster(beans, failures);
    }

    /** Static, because it observes beans that are created before the other beans of this class. */
    @Bean
    static ClientDestruction qmpClientDestruction(ConfigurableApplicationContext context) {
        return new ClientDestruction(context);
    }

    @Bean
    QmpClientLifecycle qmpClientLifecycle(
            DefaultQmpClients clients, QmpProperties properties, ApplicationContext context) {
        QmpListeners listeners = new QmpListeners(context);
        return new QmpClientLifecycle(
                clients,
                new ClientBeans(context),
                listeners,
                new KeepAlive(properties.getKeepAlive(), listeners),
                () -> context instanceof ConfigurableApplicationContext closeable && closeable.isClosed());
    }

    @Bean
    QmpSocketDirectory qmpSocketDirectory(
            QmpProperties properties, DefaultQmpClients clients, ApplicationContext context) {
        String directory = properties.getDiscovery().getDirectory();
        return new QmpSocketDirectory(isWatchedByParent(context, directory) ? null : directory, clients);
    }

    /** A context has the properties of its parent, and a monitor serves one client. */
    private static boolean isWatchedByParent(ApplicationContext context, @Nullable String directory) {
        ApplicationContext parent = context.getParent();
        return parent != null
                && parent.getBeanProvider(QmpProperties.class).stream()
                        .anyMatch(properties ->
                                Objects.equals(properties.getDiscovery().getDirectory(), directory));
    }

    /** Static, because it post-processes the bean factory. */
    @Bean
    static ConfiguredKeysCheck qmpConfiguredKeysCheck(Environment environment) {
        return new ConfiguredKeysCheck(environment);
    }

    /** Static, because it post-processes the bean factory. */
    @Bean
    static GuestAgentQualifiers qmpGuestAgentQualifiers() {
        return new GuestAgentQualifiers();
    }

    /** Static, because it is needed before any properties are bound. */
    @Bean
    static ConfigurationPropertiesBindHandlerAdvisor qmpConnectionKeys() {
        return PresentKeys::new;
    }

    /**
     * Static, because listener methods are searched before most beans exist, and this class must not be created
     * then.
     */
    @Bean
    static QmpEventListenerFactory qmpEventListenerFactory() {
        return new QmpEventListenerFactory();
    }

    /**
     * If the application has a client bean that is a default candidate, no client of the configuration is
     * registered.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(QmpClient.class)
    @Import({OverriddenBeansCheck.class, QmpClientRegistrar.class})
    static class ConfiguredClients {}
}
