package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpEventsLostEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import dev.qmp.spring.QmpSessionEndedEvent;
import dev.qmp.spring.QmpTaskEndedEvent;
import dev.qmp.spring.QmpTaskProgressEvent;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;

/**
 * Keeps the JVM alive while the clients are started, because all threads of the clients are daemons. By default it
 * does so if the application has listeners to QMP events, because such an application waits for events. An
 * application that only executes commands ends with its work.
 */
final class KeepAlive {

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

    private final @Nullable Boolean configured;
    private final ApplicationContext context;
    private @Nullable CountDownLatch ended;

    /**
     * Creates the component.
     *
     * @param configured {@code qmp.keep-alive}; null to decide by the application's listeners
     */
    KeepAlive(@Nullable Boolean configured, ApplicationContext context) {
        this.configured = configured;
        this.context = context;
    }

    synchronized void begin() {
        if (ended != null || !isWanted()) {
            return;
        }
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = new Thread(() -> await(end), "qmp-keep-alive");
        thread.setDaemon(false);
        thread.start();
        ended = end;
    }

    private static void await(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized void end() {
        if (ended != null) {
            ended.countDown();
            ended = null;
        }
    }

    private boolean isWanted() {
        if (configured != null) {
            return configured;
        }
        return context instanceof AbstractApplicationContext application
                && (application.getApplicationListeners().stream().anyMatch(KeepAlive::listensToQmp)
                        || hasListenerBean(application.getBeanFactory()));
    }

    /**
     * {@return whether a bean is a listener, by its declared types} The context knows only listeners that exist, and the
     * class of a lambda lacks the type of its events.
     */
    private static boolean hasListenerBean(ConfigurableListableBeanFactory beans) {
        return Arrays.stream(beans.getBeanNamesForType(ApplicationListener.class, true, false))
                .map(name -> eventTypes(beans, name))
                .anyMatch(types -> QMP.stream().anyMatch(event -> supports(types, event)) && !supports(types, ANY));
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

    private static boolean supports(List<ResolvableType> types, ResolvableType event) {
        return types.stream().allMatch(type -> type == ResolvableType.NONE || type.isAssignableFrom(event));
    }

    /** A listener to all types of events, as Spring itself has, does not count as a listener to QMP events. */
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
            super(KeepAlive.class);
        }
    }
}
