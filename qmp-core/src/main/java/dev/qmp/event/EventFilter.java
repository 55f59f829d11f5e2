package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which events a listener hears: by name, then by a predicate. Immutable. A predicate runs on the event loop and must be
 * quick; one that throws lets the event through to a listener, and ends the wait for one event.
 */
public final class EventFilter {

    private static final EventFilter ALL = new EventFilter(Set.of(), event -> true);

    private final Set<String> names;
    private final Predicate<QmpEvent> predicate;

    private EventFilter(Set<String> names, Predicate<QmpEvent> predicate) {
        this.names = names;
        this.predicate = predicate;
    }

    /** {@return a filter for all events} */
    public static EventFilter all() {
        return ALL;
    }

    /**
     * {@return a filter for events of these names}
     *
     * @throws IllegalArgumentException if there are none; for all events there is {@link #all()}
     */
    public static EventFilter named(String... names) {
        return named(List.of(names));
    }

    /**
     * {@return a filter for events of these names}
     *
     * @throws IllegalArgumentException if there are none; for all events there is {@link #all()}
     */
    public static EventFilter named(Collection<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a filter by name needs a name");
        }
        return new EventFilter(Set.copyOf(names), event -> true);
    }

    /** {@return this filter, narrowed by one more condition} */
    public EventFilter where(Predicate<QmpEvent> condition) {
        return new EventFilter(names, predicate.and(condition));
    }

    /** {@return whether the filter lets an event through} */
    public boolean accepts(QmpEvent event) {
        return (names.isEmpty() || names.contains(event.name())) && predicate.test(event);
    }
}
