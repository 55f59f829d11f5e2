package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Ends the events of a client before its bean is destroyed, because the close changes its runstate, and listener beans
 * may be gone by then. A stop of the application has ended them before. A start that fails may have no stop. While the
 * application runs, a bean that is destroyed by its name or with its scope does not end a client's events.
 */
final class ClientDestruction implements DestructionAwareBeanPostProcessor, ApplicationListener<ContextRefreshedEvent> {

    private final ConfigurableApplicationContext context;
    private volatile boolean started;

    ClientDestruction(ConfigurableApplicationContext context) {
        this.context = context;
    }

    @Override
    public void onApplicationEvent(ContextRefreshedEvent event) {
        started |= event.getApplicationContext() == context;
    }

    @Override
    public boolean requiresDestruction(Object bean) {
        return bean instanceof QmpClient;
    }

    @Override
    public void postProcessBeforeDestruction(Object bean, String beanName) {
        boolean isRunning = started && context.isActive();
        if (isRunning || !(bean instanceof QmpClient client)) {
            return;
        }
        // not by a lookup, which could create the registry
        if (context.getBeanFactory().getSingleton("qmpClients") instanceof DefaultQmpClients clients) {
            clients.endEvents(client);
        }
    }
}
