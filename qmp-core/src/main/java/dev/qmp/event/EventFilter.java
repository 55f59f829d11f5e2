package dev.qmp.event;

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
import org.jspecify.annotations.Nullable;
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
 * <p>A <em>path</em> names a member of the event's data. Dots lead into nested objects ({@code "qom.path"}), and a number
 * selects an element of an array ({@code "bitmaps.0.name"}). A member whose own name contains dots is found, too.
 * If a member is missing or of another type, the condition does not match. Conditions on data never throw.
 *
 * <p>A predicate given to {@link #where} can throw, and runs on the event loop, so it must be quick. Where it throws, a
 * listener receives the event, and a wait for one event fails.
 */
public final class EventFilter {

    private static final EventFilter ALL = new EventFilter(Set.of(), List.of(), List.of());

    private final Set<String> names;
    private final List<DataCondition> conditions;
    private final List<Predicate<QmpEvent>> predicates;

    private EventFilter(Set<String> names, List<DataCondition> conditions, List<Predicate<QmpEvent>> predicates) {
        this.names = names;
        this.conditions = conditions;
        this.predicates = predicates;
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
        Objects.requireNonNull(names, "names");
        return named(Arrays.asList(names));
    }

    /**
     * {@return a filter for events of these names}
     *
     * @throws IllegalArgumentException if there are none; for all events there is {@link #all()}
     */
    public static EventFilter named(Collection<String> names) {
        Objects.requireNonNull(names, "names");
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a filter by name needs a name");
        }
        names.forEach(name -> Objects.requireNonNull(name, "names"));
        return new EventFilter(Set.copyOf(names), List.of(), List.of());
    }

    /**
     * {@return a filter for the events that a type stands for}
     *
     * @param type one of {@link dev.qmp.qapi.event}, or a type of the application with {@link dev.qmp.qapi.EventName}
     * @throws IllegalArgumentException if the type stands for no event
     */
    public static EventFilter of(Class<?> type) {
        Objects.requireNonNull(type, "type");
        return named(EventType.of(type).name());
    }

    /**
     * {@return this filter, narrowed to events whose data has this value at the path}
     *
     * <p>Numbers are equal if they have the same value, whatever their Java types. An enum is compared by its QMP name.
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

    private EventFilter with(DataCondition condition) {
        return new EventFilter(names, plus(conditions, condition), predicates);
    }

    /** {@return this filter, narrowed by a predicate of the application} It runs after all other conditions match. */
    public EventFilter where(Predicate<QmpEvent> condition) {
        Objects.requireNonNull(condition, "condition");
        return new EventFilter(names, conditions, plus(predicates, condition));
    }

    private static <T> List<T> plus(List<T> list, T more) {
        List<T> longer = new ArrayList<>(list);
        longer.add(more);
        return List.copyOf(longer);
    }

    /**
     * {@return whether the event matches}
     *
     * <p>It throws only what a predicate of {@link #where} throws.
     */
    public boolean accepts(QmpEvent event) {
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
    public String toString() {
        String wanted = names.isEmpty() ? "all" : String.join("|", new TreeSet<>(names));
        String narrowed = conditions.stream().map(condition -> ", " + condition).collect(Collectors.joining());
        return "EventFilter[" + wanted + narrowed + (predicates.isEmpty() ? "" : ", predicate") + "]";
    }

    /**
     * A condition on one member of an event's data.
     *
     * @param path the member
     * @param expected the values that match; empty for presence and absence
     * @param wantsPresence whether the member must be there
     */
    private record DataCondition(String path, List<JsonNode> expected, boolean wantsPresence) {

        static DataCondition oneOf(String path, List<JsonNode> expected) {
            return new DataCondition(path, List.copyOf(expected), true);
        }

        static DataCondition present(String path) {
            return new DataCondition(path, List.of(), true);
        }

        static DataCondition absent(String path) {
            return new DataCondition(path, List.of(), false);
        }

        boolean matches(JsonNode data) {
            JsonNode actual = find(data, path);
            boolean isPresent = actual != null && !actual.isNull();
            if (actual == null || !isPresent || !wantsPresence) {
                return isPresent == wantsPresence;
            }
            return expected.isEmpty()
                    || expected.stream().anyMatch(value -> value.equals(DataCondition::compare, actual));
        }

        /** A name with dots is tried as a whole first: names of vendors ({@code __org.example_x}) contain dots. */
        private static @Nullable JsonNode find(JsonNode node, String path) {
            JsonNode whole = child(node, path);
            if (whole != null) {
                return whole;
            }
            for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
                JsonNode next = child(node, path.substring(0, dot));
                JsonNode found = next == null ? null : find(next, path.substring(dot + 1));
                if (found != null) {
                    return found;
                }
            }
            return null;
        }

        private static @Nullable JsonNode child(JsonNode node, String name) {
            if (node.isObject()) {
                return node.get(name);
            }
            boolean isIndex = !name.isEmpty()
                    && name.length() < 10
                    && name.chars().allMatch(digit -> digit >= '0' && digit <= '9');
            return node.isArray() && isIndex ? node.get(Integer.parseInt(name)) : null;
        }

        /** Zero if two values are the same; numbers by their value, because 5 may arrive as an int, long or decimal. */
        private static int compare(JsonNode one, JsonNode other) {
            if (isDecimal(one) && isDecimal(other)) {
                return one.decimalValue().compareTo(other.decimalValue());
            }
            return one.equals(other) ? 0 : 1;
        }

        private static boolean isDecimal(JsonNode node) {
            return node.isNumber() && (node.isBigDecimal() || Double.isFinite(node.doubleValue()));
        }

        @Override
        public String toString() {
            return (expected.isEmpty() ? (wantsPresence ? "having " : "without ") : "with ") + path;
        }
    }
}
