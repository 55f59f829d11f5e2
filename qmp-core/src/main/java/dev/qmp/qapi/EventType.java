package dev.qmp.qapi;

import dev.qmp.error.MappingException;
import dev.qmp.message.QmpEvent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An event's name, and the type of its data.
 *
 * @param <E> the type
 */
public final class EventType<E> {

    private final String name;
    private final Class<E> type;
    private final @Nullable Method decoder;

    private EventType(String name, Class<E> type, @Nullable Method decoder) {
        this.name = name;
        this.type = type;
        this.decoder = decoder;
    }

    /**
     * {@return the event that a type represents}
     *
     * <p>If a public type has a public static method {@code decode(QmpEvent)}, as all generated events have, that
     * method reads the event. Other types are read from the event's data, by {@link QmpEvent#dataAs}.
     *
     * @param type a generated event, or a type of the application with {@link EventName}
     * @throws IllegalArgumentException if the type has no {@link EventName}
     */
    public static <E> EventType<E> of(Class<E> type) {
        Objects.requireNonNull(type, "type");
        EventName name = type.getAnnotation(EventName.class);
        if (name == null) {
            throw new IllegalArgumentException(type.getName() + " stands for no event: it has no @"
                    + EventName.class.getSimpleName() + " with the event's name");
        }
        return new EventType<>(name.value(), type, decoderOf(type));
    }

    private static @Nullable Method decoderOf(Class<?> type) {
        try {
            Method method = type.getMethod("decode", QmpEvent.class);
            return Modifier.isStatic(method.getModifiers())
                            && Modifier.isPublic(type.getModifiers())
                            && method.getReturnType() == type
                    ? method
                    : null;
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    /** {@return the event's name, such as {@code BLOCK_JOB_COMPLETED}} */
    public String name() {
        return name;
    }

    /**
     * {@return an event of this name as the type}
     *
     * @throws MappingException if the data does not fit the type
     * @throws IllegalArgumentException if the event has another name
     */
    public E read(QmpEvent event) {
        Objects.requireNonNull(event, "event");
        if (!event.name().equals(name)) {
            throw new IllegalArgumentException("the event is no " + name);
        }
        if (decoder == null) {
            return event.dataAs(type);
        }
        try {
            return type.cast(decoder.invoke(null, event));
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof MappingException misfit) {
                throw new MappingException(name + ": " + misfit.getMessage(), misfit);
            }
            throw new MappingException(name + " cannot be read as " + type.getName(), e.getCause());
        } catch (IllegalAccessException e) {
            throw new MappingException(type.getName() + "#decode is not accessible", e);
        }
    }

    /** {@return the event's name and the type} */
    @Override
    public String toString() {
        return "EventType[" + name + ", " + type.getName() + "]";
    }
}
