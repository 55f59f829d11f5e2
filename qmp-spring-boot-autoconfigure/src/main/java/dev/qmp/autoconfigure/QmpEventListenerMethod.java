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
        Class<?>[] parameters = method.getParameterTypes();
        this.takesPayload = parameters.length == 1 && parameters[0] == QmpEvent.class;
        this.payloadType = parameters.length == 1 && parameters[0].isAnnotationPresent(EventName.class)
                ? EventType.of(parameters[0])
                : null;
        Assert.state(
                parameters.length == 0
                        || takesPayload
                        || payloadType != null
                        || (parameters.length == 1 && parameters[0].isAssignableFrom(QmpEventReceivedEvent.class)),
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
