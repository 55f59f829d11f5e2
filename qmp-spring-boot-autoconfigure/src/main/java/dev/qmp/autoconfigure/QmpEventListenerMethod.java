package dev.qmp.autoconfigure;

import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.EventName;
import dev.qmp.qapi.EventType;
import dev.qmp.spring.QmpEventListener;
import dev.qmp.spring.QmpEventReceivedEvent;
import java.lang.reflect.Method;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.event.ApplicationListenerMethodAdapter;
import org.springframework.core.ResolvableType;
import org.springframework.util.Assert;
import org.springframework.util.PatternMatchUtils;

/** Calls one method with {@link QmpEventListener} for the events that the annotation selects. */
final class QmpEventListenerMethod extends ApplicationListenerMethodAdapter {

    private final Set<String> names;
    private final String[] connections;
    private final boolean takesPayload;
    private final @Nullable EventType<?> payloadType;

    QmpEventListenerMethod(String beanName, Class<?> type, Method method, Set<String> names, Set<String> connections) {
        super(beanName, type, method);
        this.connections = connections.toArray(String[]::new);
        int parameters = method.getParameterCount();
        // a parameter of a generic base class has the type that the bean's class gives it
        Class<?> parameter = parameters == 1
                ? ResolvableType.forMethodParameter(method, 0, type).resolve()
                : null;
        this.takesPayload = parameter == QmpEvent.class;
        this.payloadType =
                parameter != null && parameter.isAnnotationPresent(EventName.class) ? EventType.of(parameter) : null;
        Assert.state(
                parameters == 0
                        || takesPayload
                        || payloadType != null
                        || (parameter != null && parameter.isAssignableFrom(QmpEventReceivedEvent.class)),
                () -> "A method with @QmpEventListener takes a QmpEventReceivedEvent, a QmpEvent, a type of an event"
                        + " (with @EventName) or nothing: " + method);
        this.names = payloadType == null ? names : nameOf(payloadType, names, method);
    }

    private static Set<String> nameOf(EventType<?> type, Set<String> names, Method method) {
        Assert.state(
                names.isEmpty() || names.equals(Set.of(type.name())),
                () -> "A method with @QmpEventListener that takes the event " + type.name()
                        + " cannot be called for the events " + names + ": " + method);
        return Set.of(type.name());
    }

    @Override
    protected @Nullable Object @Nullable [] resolveArguments(ApplicationEvent event) {
        if (!(event instanceof QmpEventReceivedEvent received) || !wants(received)) {
            return null;
        }
        if (payloadType != null) {
            return new Object[] {payloadType.read(received.getEvent())};
        }
        return takesPayload ? new Object[] {received.getEvent()} : super.resolveArguments(event);
    }

    private boolean wants(QmpEventReceivedEvent event) {
        return (names.isEmpty() || names.contains(event.getName()))
                && (connections.length == 0 || PatternMatchUtils.simpleMatch(connections, event.getConnectionName()));
    }
}
