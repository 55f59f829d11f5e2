package dev.qmp.autoconfigure;

import dev.qmp.message.QmpEvent;
import java.lang.reflect.Method;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.event.ApplicationListenerMethodAdapter;
import org.springframework.util.Assert;
import org.springframework.util.PatternMatchUtils;

/** Calls one method with {@link QmpEventListener} for the events it names. */
final class QmpEventListenerMethod extends ApplicationListenerMethodAdapter {

    private final Set<String> names;
    private final String[] connections;
    private final boolean takesPayload;

    QmpEventListenerMethod(String beanName, Class<?> type, Method method, Set<String> names, Set<String> connections) {
        super(beanName, type, method);
        this.names = names;
        this.connections = connections.toArray(String[]::new);
        Class<?>[] parameters = method.getParameterTypes();
        this.takesPayload = parameters.length == 1 && parameters[0] == QmpEvent.class;
        Assert.state(
                parameters.length == 0
                        || takesPayload
                        || (parameters.length == 1 && parameters[0].isAssignableFrom(QmpEventReceivedEvent.class)),
                () -> "A method with @QmpEventListener takes a QmpEventReceivedEvent, a QmpEvent or nothing: "
                        + method);
    }

    @Override
    protected @Nullable Object @Nullable [] resolveArguments(ApplicationEvent event) {
        if (!(event instanceof QmpEventReceivedEvent received) || !wants(received)) {
            return null;
        }
        return takesPayload ? new Object[] {received.getEvent()} : super.resolveArguments(event);
    }

    private boolean wants(QmpEventReceivedEvent event) {
        return (names.isEmpty() || names.contains(event.getName()))
                && (connections.length == 0 || PatternMatchUtils.simpleMatch(connections, event.getConnectionName()));
    }
}
