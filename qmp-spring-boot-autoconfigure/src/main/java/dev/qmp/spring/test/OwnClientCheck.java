package dev.qmp.spring.test;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Refuses client beans whose endpoint is outside the process. The endpoint of a client that the application has
 * built itself cannot be redirected. So the context does not start with such a bean.
 */
final class OwnClientCheck implements BeanPostProcessor {

    private final ConfigurableListableBeanFactory beans;
    private final QmpServers servers;

    OwnClientCheck(ConfigurableListableBeanFactory beans, QmpServers servers) {
        this.beans = beans;
        this.servers = servers;
    }

    @Override
    public Object postProcessBeforeInitialization(Object bean, String beanName) {
        check(bean, beanName);
        return bean;
    }

    /** Spring passes the product of a factory bean only to this method. Other beans may be proxies here. */
    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (beans.containsBean(beanName) && beans.isFactoryBean(beanName)) {
            check(bean, beanName);
        }
        return bean;
    }

    private void check(Object bean, String beanName) {
        if (!(bean instanceof QmpClient client) || isMock(client) || isInProcess(client.endpoint())) {
            return;
        }
        Endpoint endpoint = client.endpoint();
        String name = client.name();
        client.close();
        throw new IllegalStateException("the bean '" + beanName + "' is a QmpClient for " + endpoint
                + ", which is not one of this test's in-process servers. @AutoConfigureQmpServer redirects the"
                + " connections of the configuration and those that are added to QmpClients, but no client that the"
                + " application builds itself. Create it with QmpClients.add(\"" + name + "\", \"" + endpoint
                + "\"), or replace the bean in this test with a @MockitoBean or with a client of the endpoint"
                + " QmpServers.get(\"" + name + "\").endpoint()");
    }

    /** A mock without answers has no endpoint. */
    @SuppressWarnings("NullAway") // the interface declares a non-null endpoint, but a mock returns null
    private static boolean isMock(QmpClient client) {
        return client.endpoint() == null;
    }

    private boolean isInProcess(Endpoint endpoint) {
        return servers.listenAt(endpoint) || isOfServerBean(endpoint, beans);
    }

    /** {@return whether a server bean of a context, or of its parents, listens on an endpoint} */
    static boolean isOfServerBean(Endpoint endpoint, ListableBeanFactory beans) {
        return BeanFactoryUtils.beansOfTypeIncludingAncestors(beans, QmpServer.class).values().stream()
                .anyMatch(server -> server.endpoint().equals(endpoint));
    }
}
