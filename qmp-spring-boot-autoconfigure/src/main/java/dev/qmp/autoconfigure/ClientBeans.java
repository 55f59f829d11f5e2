package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.error.Text;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * The client beans of one context. Clients of the configuration are in the registry from their creation, also behind
 * proxies, spies or mocks. Clients that the application declares are added once each. A client that was removed from
 * the registry is not added again. Clients of a parent context belong to the parent's registry.
 */
final class ClientBeans {

    private static final SafeLog LOGGER = SafeLog.of(ClientBeans.class);

    private final ListableBeanFactory beans;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    ClientBeans(ListableBeanFactory beans) {
        this.beans = beans;
    }

    /** Creates all client beans, lazy ones and non-default candidates included, and adds new ones to the registry. */
    void adoptInto(DefaultQmpClients clients) {
        for (String name : beans.getBeanNamesForType(QmpClient.class, false, true)) {
            if (!ScopedProxyUtils.isScopedTarget(name) && seen.add(name)) {
                // a bean method may return null; then getBean returns Spring's NullBean
                if (beans.getBean(name) instanceof QmpClient bean && !clients.isConfigured(name)) {
                    adopt(name, bean, clients);
                }
            }
        }
    }

    /** A bean that does not behave as a client, such as a mock, does not stop the start. */
    private static void adopt(String beanName, QmpClient bean, DefaultQmpClients clients) {
        try {
            refuseMock(bean);
            if (!isKnown(bean, clients)) {
                clients.adopt(beanName, bean);
            }
        } catch (RuntimeException e) {
            LOGGER.warn("The bean '" + Text.printable(beanName) + "' is not used as a QMP connection: "
                    + Text.messageOf(e));
        }
    }

    private static void refuseMock(QmpClient bean) {
        @Nullable String name = bean.name();
        if (name == null || name.isBlank() || bean.events() == null || bean.endpoint() == null) {
            throw new IllegalStateException("its name, endpoint or events are missing, as in a mock");
        }
    }

    private static boolean isKnown(QmpClient bean, DefaultQmpClients clients) {
        QmpClient present = clients.find(bean.name()).orElse(null);
        return present != null && (present == bean || present == AopProxyUtils.getSingletonTarget(bean));
    }
}
