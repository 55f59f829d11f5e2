package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.beans.factory.config.SingletonBeanRegistry;

/**
 * Ends the events of a client before its bean is destroyed, because the close changes its runstate, and listener beans
 * may be gone by then. A stop of the application has ended them before. A start that fails may have no stop.
 */
final class ClientDestruction implements DestructionAwareBeanPostProcessor {

    private final SingletonBeanRegistry beans;

    ClientDestruction(SingletonBeanRegistry beans) {
        this.beans = beans;
    }

    @Override
    public boolean requiresDestruction(Object bean) {
        return bean instanceof QmpClient;
    }

    @Override
    public void postProcessBeforeDestruction(Object bean, String beanName) {
        // not by a lookup, which could create the registry
        if (bean instanceof QmpClient client && beans.getSingleton("qmpClients") instanceof DefaultQmpClients clients) {
            clients.endEvents(client);
        }
    }
}
