package dev.qmp.autoconfigure.endpoint;

import dev.qmp.autoconfigure.ClientStarter;
import dev.qmp.autoconfigure.LocalBeans;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpFleet;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/** Auto-configuration of the actuator endpoint {@code qmp}. */
@AutoConfiguration(after = QmpAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(QmpClients.class)
@ConditionalOnAvailableEndpoint(QmpEndpoint.class)
@EnableConfigurationProperties(QmpEndpointProperties.class)
public final class QmpEndpointAutoConfiguration {

    QmpEndpointAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    QmpEndpoint qmpEndpoint(
            QmpClients clients,
            QmpEndpointProperties properties,
            ObjectProvider<SanitizingFunction> functions,
            ApplicationContext context,
            ObjectProvider<ClientStarter> starter) {
        return new QmpEndpoint(
                clients,
                functions.orderedStream().toList(),
                properties.getShowValues(),
                SingletonSupplier.ofNullable(() -> LocalBeans.find(context, QmpFleet.class)),
                starter.getIfAvailable(() -> (name, client) -> client.start()));
    }

    /** Created at the start, because it counts events from then on. */
    @Bean
    static LazyInitializationExcludeFilter qmpEndpointIsNotLazy() {
        return LazyInitializationExcludeFilter.forBeanTypes(QmpEndpoint.class);
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(QmpEndpoint.class)
    @ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
    QmpEndpointWebExtension qmpEndpointWebExtension(QmpEndpoint endpoint, QmpEndpointProperties properties) {
        return new QmpEndpointWebExtension(endpoint, properties.getShowValues(), properties.getRoles());
    }
}
