package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpEventsLostEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import dev.qmp.spring.QmpSessionEndedEvent;
import dev.qmp.spring.QmpTaskEndedEvent;
import dev.qmp.spring.QmpTaskProgressEvent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;

/**
 * The listeners of a context to QMP events. A listener for all event types does not count, because Spring registers
 * such listeners itself.
 */
final class QmpListeners {

    /** The types that are published, by name: a native image does not know the subclasses of a sealed class. */
    private static final List<ResolvableType> QMP = Stream.of(
                    QmpEventReceivedEvent.class,
                    QmpEventsLostEvent.class,
                    QmpRunstateChangedEvent.class,
                    QmpSessionEndedEvent.class,
                    QmpTaskProgressEvent.class,
                    QmpTaskEndedEvent.class)
            .map(ResolvableType::forClass)
            .toList();

    private static final ResolvableType ANY = ResolvableType.forClass(UnrelatedEvent.class);

    private final ApplicationContext context;

    QmpListeners(ApplicationContext context) {
        this.context = context;
    }

    /** Creates lazy listener beans, because one that cannot be created would keep events from all other listeners. */
    void createLazyBeans() {
        if (context instanceof AbstractApplicationContext application) {
            names(application.getBeanFactory()).filter(context::isSingleton).forEach(context::getBean);
        }
    }

    /** {@return whether there are any} */
    boolean exist() {
        return context instanceof AbstractApplicationContext application
                && (application.getApplicationListeners().stream().anyMatch(QmpListeners::listensToQmp)
                        || names(application.getBeanFactory()).findAny().isPresent());
    }

    /**
     * {@return the names of the listener beans, by their declared types} The context knows only listeners that exist,
     * and the class of a lambda lacks the type of its events.
     */
    private static Stream<String> names(ConfigurableListableBeanFactory beans) {
        return Arrays.stream(beans.getBeanNamesForType(ApplicationListener.class, true, false))
                .filter(name -> listensToQmp(eventTypes(beans, name)));
    }

    /** {@return the types of events by the bean's class and by its definition} Spring delivers what both support. */
    private static List<ResolvableType> eventTypes(ConfigurableListableBeanFactory beans, String name) {
        ResolvableType ofClass = ResolvableType.forClass(beans.getType(name, false));
        ResolvableType ofDefinition = beans.containsBeanDefinition(name)
                ? beans.getMergedBeanDefinition(name).getResolvableType()
                : ofClass;
        return Stream.of(ofClass, ofDefinition)
                .map(type -> type.as(ApplicationListener.class).getGeneric())
                .toList();
    }

    private static boolean listensToQmp(List<ResolvableType> types) {
        return QMP.stream().anyMatch(event -> supports(types, event)) && !supports(types, ANY);
    }

    private static boolean supports(List<ResolvableType> types, ResolvableType event) {
        return types.stream().allMatch(type -> type.equals(ResolvableType.NONE) || type.isAssignableFrom(event));
    }

    private static boolean listensToQmp(ApplicationListener<?> listener) {
        GenericApplicationListener generic = listener instanceof GenericApplicationListener itself
                ? itself
                : new GenericApplicationListenerAdapter(listener);
        return QMP.stream().anyMatch(generic::supportsEventType) && !generic.supportsEventType(ANY);
    }

    /** An event type that is never published: only a listener to all events supports it. */
    private static final class UnrelatedEvent extends ApplicationEvent {

        private static final long serialVersionUID = 1L;

        private UnrelatedEvent() {
            super(QmpListeners.class);
        }
    }
}
