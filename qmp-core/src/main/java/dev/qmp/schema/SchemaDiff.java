package dev.qmp.schema;

import dev.qmp.error.Text;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The differences between two schemas. A type that several commands use is compared once, at the first command that
 * uses it, because types have no common names.
 *
 * @param differences all differences, commands before events, each group sorted by place
 */
public record SchemaDiff(List<Difference> differences) {
    /** Refuses missing components. */
    public SchemaDiff {
        Objects.requireNonNull(differences, "differences");
    }

    /** How a place of the other schema differs from this one. */
    public enum Change {
        /** Only the other schema has it. */
        ADDED("+"),
        /** Only this schema has it. */
        REMOVED("-"),
        /** Both have it, and it differs. */
        CHANGED("~");

        private final String sign;

        Change(String sign) {
            this.sign = sign;
        }
    }

    /**
     * One difference.
     *
     * @param change how the place differs
     * @param place the place: {@code command drive-mirror}, {@code command blockdev-add: cache.direct}
     * @param detail what it is, or how it differs; may be empty
     */
    public record Difference(Change change, String place, String detail) {
        /** Refuses missing components. */
        public Difference {
            Objects.requireNonNull(change, "change");
            Objects.requireNonNull(place, "place");
            Objects.requireNonNull(detail, "detail");
        }

        private static final int MAX_LENGTH = 10_000;

        /** {@return sign, place and detail on one line, escaped, and cut after 10 000 characters} */
        @Override
        public String toString() {
            String text = change.sign + " " + place + (detail.isEmpty() ? "" : ": " + detail);
            return Text.printable(text, MAX_LENGTH);
        }
    }

    /** {@return whether the schemas are equal} */
    public boolean isEmpty() {
        return differences.isEmpty();
    }

    /** {@return one line for each difference} */
    public List<String> lines() {
        return differences.stream().map(Difference::toString).toList();
    }

    /** {@return all lines} */
    @Override
    public String toString() {
        return String.join("\n", lines());
    }

    static SchemaDiff between(QmpSchema from, QmpSchema to) {
        Comparison comparison = new Comparison();
        comparison.compare("command ", from.commands(), to.commands(), comparison::command);
        comparison.compare("event ", from.events(), to.events(), comparison::event);
        return new SchemaDiff(List.copyOf(comparison.found));
    }

    /** Compares two values of one name. */
    private interface Compared<T> {
        void compare(String place, T from, T to);
    }

    /** One comparison, with the pairs of types that it has already compared. */
    private static final class Comparison {

        private final List<Difference> found = new ArrayList<>();
        private final IdentityHashMap<SchemaType, Set<SchemaType>> compared = new IdentityHashMap<>();

        <T> void compare(String kind, Map<String, T> from, Map<String, T> to, Compared<T> both) {
            for (String name : union(from.keySet(), to.keySet())) {
                T before = from.get(name);
                T after = to.get(name);
                if (before == null) {
                    add(Change.ADDED, kind + name, "");
                } else if (after == null) {
                    add(Change.REMOVED, kind + name, "");
                } else {
                    both.compare(kind + name, before, after);
                }
            }
        }

        void command(String place, SchemaCommand from, SchemaCommand to) {
            features(place, from.features(), to.features());
            if (from.isOutOfBand() != to.isOutOfBand()) {
                add(Change.CHANGED, place, to.isOutOfBand() ? "can be out of band" : "can no longer be out of band");
            }
            object(place + ": ", from.arguments(), to.arguments());
            type(place + " returns", from.result(), to.result());
        }

        void event(String place, SchemaEvent from, SchemaEvent to) {
            features(place, from.features(), to.features());
            object(place + ": ", from.data(), to.data());
        }

        private void features(String place, Set<String> from, Set<String> to) {
            for (String feature : union(from, to)) {
                if (from.contains(feature) != to.contains(feature)) {
                    add(Change.CHANGED, place, (to.contains(feature) ? "now " : "no longer ") + feature);
                }
            }
        }

        private void object(String prefix, ObjectType from, ObjectType to) {
            if (!startComparison(from, to)) {
                return;
            }
            for (String name : union(from.members().keySet(), to.members().keySet())) {
                SchemaMember before = from.members().get(name);
                SchemaMember after = to.members().get(name);
                if (before == null && after != null) {
                    add(Change.ADDED, prefix + name, described(after));
                } else if (after == null && before != null) {
                    add(Change.REMOVED, prefix + name, "");
                } else if (before != null && after != null) {
                    member(prefix + name, before, after);
                }
            }
            variants(prefix, from, to);
        }

        private void variants(String prefix, ObjectType from, ObjectType to) {
            String tag = to.tag().or(from::tag).orElse("");
            for (Map.Entry<String, ObjectType> variant : new TreeMap<>(to.variants()).entrySet()) {
                ObjectType before = from.variants().get(variant.getKey());
                if (before == null && !hasCase(from, tag, variant.getKey())) {
                    continue; // the new value of the tag is a difference of its own
                }
                String place = prefix + "[" + tag + "=" + variant.getKey() + "].";
                object(place, before == null ? NO_MEMBERS : before, variant.getValue());
            }
        }

        private static boolean hasCase(ObjectType union, String tag, String value) {
            SchemaMember selector = union.members().get(tag);
            return selector != null
                    && selector.type() instanceof EnumType values
                    && values.values().contains(value);
        }

        private static final ObjectType NO_MEMBERS = new ObjectType();

        private void member(String place, SchemaMember from, SchemaMember to) {
            if (from.isOptional() != to.isOptional()) {
                add(Change.CHANGED, place, to.isOptional() ? "now optional" : "no longer optional");
            }
            features(place, from.features(), to.features());
            type(place, from.type(), to.type());
        }

        private void type(String place, SchemaType from, SchemaType to) {
            if (from instanceof ObjectType before && to instanceof ObjectType after) {
                object(place + (place.endsWith(".") ? "" : "."), before, after);
            } else if (from instanceof ArrayType before && to instanceof ArrayType after) {
                if (startComparison(from, to)) {
                    type(place + "[]", before.element(), after.element());
                }
            } else if (from instanceof EnumType before && to instanceof EnumType after) {
                values(place, before, after);
            } else if (from instanceof AlternateType before && to instanceof AlternateType after) {
                alternates(place, before, after);
            } else if (from.getClass() != to.getClass() || (from instanceof BuiltinType && from != to)) {
                add(Change.CHANGED, place, from.description() + " became " + to.description());
            }
        }

        private void alternates(String place, AlternateType from, AlternateType to) {
            if (!startComparison(from, to)) {
                return;
            }
            List<SchemaType> added = new ArrayList<>(to.choices());
            List<SchemaType> removed = new ArrayList<>();
            for (SchemaType before : from.choices()) {
                SchemaType after = added.stream()
                        .filter(other -> isSameKind(before, other))
                        .findFirst()
                        .orElse(null);
                if (after == null) {
                    removed.add(before);
                } else {
                    added.remove(after);
                    type(place, before, after);
                }
            }
            added.forEach(type -> add(Change.ADDED, place, "can be " + type.description()));
            removed.forEach(type -> add(Change.REMOVED, place, "can no longer be " + type.description()));
        }

        private static boolean isSameKind(SchemaType one, SchemaType other) {
            return one == other || (!(one instanceof BuiltinType) && one.getClass() == other.getClass());
        }

        private void values(String place, EnumType from, EnumType to) {
            if (!startComparison(from, to)) {
                return;
            }
            list(Change.ADDED, place, to.values(), from.values());
            list(Change.REMOVED, place, from.values(), to.values());
            for (String value : from.values()) {
                if (to.values().contains(value)) {
                    features(place + "=" + value, from.features(value), to.features(value));
                }
            }
        }

        private void list(Change change, String place, Collection<String> of, Set<String> notIn) {
            Set<String> rest = new TreeSet<>(of);
            rest.removeAll(notIn);
            if (!rest.isEmpty()) {
                add(change, place, (rest.size() == 1 ? "value " : "values ") + String.join(", ", rest));
            }
        }

        /** {@return whether the two types were not compared before} They count as compared from now on. */
        private boolean startComparison(SchemaType from, SchemaType to) {
            return from == NO_MEMBERS
                    || compared.computeIfAbsent(from, key -> new HashSet<>()).add(to);
        }

        private static String described(SchemaMember member) {
            return member.type().description() + (member.isOptional() ? ", optional" : "");
        }

        private void add(Change change, String place, String detail) {
            found.add(new Difference(change, place, detail));
        }

        private static Set<String> union(Set<String> one, Set<String> other) {
            Set<String> all = new TreeSet<>(one);
            all.addAll(other);
            return all;
        }
    }
}
