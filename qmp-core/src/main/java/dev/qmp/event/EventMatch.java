package dev.qmp.event;

import java.util.List;
import java.util.Set;

/**
 * A filter by names and data only, without a predicate of the application. So it never throws, and an {@link Operation}
 * can wait for it. {@link EventFilter#named} and {@link EventFilter#of} create one. Immutable.
 */
public final class EventMatch extends EventFilter {

    EventMatch(Set<String> names, List<DataCondition> conditions) {
        super(names, conditions, List.of());
    }

    @Override
    EventMatch with(DataCondition condition) {
        return new EventMatch(names(), plus(conditions(), condition));
    }

    @Override
    public EventMatch with(String path, Object value) {
        return (EventMatch) super.with(path, value);
    }

    @Override
    public EventMatch withAny(String path, Object... values) {
        return (EventMatch) super.withAny(path, values);
    }

    @Override
    public EventMatch having(String path) {
        return (EventMatch) super.having(path);
    }

    @Override
    public EventMatch without(String path) {
        return (EventMatch) super.without(path);
    }

    /** {@return a filter with the same conditions on events of other names} */
    EventMatch renamed(Set<String> others) {
        return new EventMatch(Set.copyOf(others), conditions());
    }
}
