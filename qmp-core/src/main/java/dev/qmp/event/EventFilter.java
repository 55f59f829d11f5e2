package dev.qmp.event;

import dev.qmp.error.Text;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.qapi.EventType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A condition on events: names, conditions on the data, and predicates of the application. Immutable.
 *
 * <pre>{@code
 * EventFilter.named("JOB_STATUS_CHANGE").with("id", "job0").with("status", "concluded");
 * EventFilter.named("DEVICE_DELETED").with("device", "net0");
 * EventFilter.named("BLOCK_JOB_COMPLETED").with("device", "job0").without("error");
 * }</pre>
 *
 * <p>A <em>path</em> names a member of the event's data. Dots lead into nested objects ({@code "qom.path"}), and a
 * number selects an element of an array ({@code "bitmaps.0.name"}). A member whose own name contains dots is found,
 * too. A member that is missing, null or of another type does not match {@link #with}, {@link #withAny} and {@link
 * #having}. {@link #without} is the opposite of {@code having}. Conditions on data never throw.
 *
 * <p>A filter without predicates is an {@link EventMatch}. A predicate given to {@link #where} runs on the event loop,
 * so it must be quick. If it throws, a listener receives the event, and a wait for one event fails.
 */
public sealed class EventFilter permits EventMatch {

    private final Set<String> names;
    private final List<DataCondition> conditions;
    private final List<Predicate<QmpEvent>> predicates;

    EventFilter(Set<String> names, List<DataCondition> conditions, List<Predicate<QmpEvent>> predicates) {
        this.names = names;
        this.conditions = conditions;
        this.predicates = predicates;
    }

    /** {@return a filter for all events} */
    public static EventMatch all() {
        return new EventMatch(Set.of(), List.of());
    }

    /**
     * {@return a filter for events of these names}
     *
     * @throws IllegalArgumentException if there are no names; {@link #all()} matches all events
     */
    public static EventMatch named(String... names) {
        Objects.requireNonNull(names, "names");
        return named(Arrays.asList(names));
    }

    /**
     * {@return a filter for events of these names}
     *
     * @throws IllegalArgumentException if there are no names; {@link #all()} matches all events
     */
    public static EventMatch named(Collection<String> names) {
        Objects.requireNonNull(names, "names");
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a filter by name needs a name");
        }
        names.forEach(name -> Objects.requireNonNull(name, "names"));
        return new EventMatch(Set.copyOf(names), List.of());
    }

    /**
     * {@return a filter for the events that a type represents}
     *
     * @param type one of {@link dev.qmp.qapi.event}, or a type of the application with {@link dev.qmp.qapi.EventName}
     * @throws IllegalArgumentException if the type represents no event
     */
    public static EventMatch of(Class<?> type) {
        Objects.requireNonNull(type, "type");
        return named(EventType.of(type).name());
    }

    /**
     * {@return this filter, narrowed to events whose data has this value at the path}
     *
     * <p>Numbers are equal if they have the same value; their Java types may differ. An enum is compared by its QMP
     * name.
     *
     * @param path the member, with dots into nested objects
     * @param value a string, number, boolean or enum, or any other value that {@link QmpJson#toTree} converts
     * @throws IllegalArgumentException if the path is blank, or the value cannot be converted to JSON
     */
    public EventFilter with(String path, Object value) {
        Objects.requireNonNull(value, "value");
        return withAny(path, value);
    }

    /**
     * {@return this filter, narrowed to events whose data has one of these values at the path} See {@link #with}.
     *
     * @throws IllegalArgumentException if the path is blank, there is no value, or one cannot be converted to JSON
     */
    public EventFilter withAny(String path, Object... values) {
        requirePath(path);
        Objects.requireNonNull(values, "values");
        if (values.length == 0) {
            throw new IllegalArgumentException("values of '" + path + "' must not be empty");
        }
        List<JsonNode> expected = new ArrayList<>(values.length);
        for (Object value : values) {
            expected.add(QmpJson.toTree(Objects.requireNonNull(value, "values")));
        }
        return with(DataCondition.oneOf(path, expected));
    }

    /**
     * {@return this filter, narrowed to events whose data has a member at the path, of any value but null}
     *
     * @throws IllegalArgumentException if the path is blank
     */
    public EventFilter having(String path) {
        return with(DataCondition.present(requirePath(path)));
    }

    /**
     * {@return this filter, narrowed to events whose data has no member at the path, or null}
     *
     * @throws IllegalArgumentException if the path is blank
     */
    public EventFilter without(String path) {
        return with(DataCondition.absent(requirePath(path)));
    }

    private static String requirePath(String path) {
        Objects.requireNonNull(path, "path");
        if (path.isBlank()) {
            throw new IllegalArgumentException("path must name a member of the event's data, and is blank");
        }
        return path;
    }

    /** {@return a filter of the same class, narrowed by a condition} */
    EventFilter with(DataCondition condition) {
        return new EventFilter(names, plus(conditions, condition), predicates);
    }

    /** {@return the names of the events that match; empty if any name does} */
    public final Set<String> names() {
        return names;
    }

    final List<DataCondition> conditions() {
        return conditions;
    }

    /** {@return this filter, narrowed by a predicate of the application} It runs after all other conditions match. */
    public final EventFilter where(Predicate<QmpEvent> condition) {
        Objects.requireNonNull(condition, "condition");
        return new EventFilter(names, conditions, plus(predicates, condition));
    }

    static <T> List<T> plus(List<T> list, T more) {
        List<T> longer = new ArrayList<>(list);
        longer.add(more);
        return List.copyOf(longer);
    }

    /**
     * {@return whether the event matches}
     *
     * <p>Only a predicate given to {@link #where} can make it throw.
     */
    public final boolean accepts(QmpEvent event) {
        Objects.requireNonNull(event, "event");
        if (!names.isEmpty() && !names.contains(event.name())) {
            return false;
        }
        for (DataCondition condition : conditions) {
            if (!condition.matches(event.data())) {
                return false;
            }
        }
        for (Predicate<QmpEvent> predicate : predicates) {
            if (!predicate.test(event)) {
                return false;
            }
        }
        return true;
    }

    /** Names events and paths, never the values. */
    @Override
    public final String toString() {
        String wanted = names.isEmpty() ? "all" : String.join("|", new TreeSet<>(names));
        String narrowed = conditions.stream().map(condition -> ", " + condition).collect(Collectors.joining());
        return "EventFilter[" + Text.printableSentence(wanted + narrowed) + (predicates.isEmpty() ? "" : ", predicate")
                + "]";
    }
}
