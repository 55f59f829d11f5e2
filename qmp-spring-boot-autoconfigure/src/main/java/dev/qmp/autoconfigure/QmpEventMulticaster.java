package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpConnectionEvent;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;

/**
 * Spring's default multicaster with one difference: a listener that throws at a QMP event does not keep the event
 * from later listeners. A failure at any other event passes to its publisher, as in Spring.
 */
final class QmpEventMulticaster extends SimpleApplicationEventMulticaster {

    private final ListenerFailures failures;

    QmpEventMulticaster(BeanFactory beans, ListenerFailures failures) {
        super(beans);
        this.failures = failures;
    }

    @Override
    protected void invokeListener(ApplicationListener<?> listener, ApplicationEvent event) {
        if (!(event instanceof QmpConnectionEvent qmpEvent)) {
            super.invokeListener(listener, event);
            return;
        }
        try {
            super.invokeListener(listener, event);
        } catch (Throwable e) {
            failures.add(qmpEvent, listener, e);
        }
    }
}
