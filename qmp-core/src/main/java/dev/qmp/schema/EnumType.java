package dev.qmp.schema;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** A choice of strings. */
public final class EnumType implements SchemaType {

    private final Map<String, Set<String>> featuresByValue;

    EnumType(Map<String, Set<String>> featuresByValue) {
        this.featuresByValue = featuresByValue;
    }

    /** {@return the values, in the order in which the machine reports them} */
    public Set<String> values() {
        return Collections.unmodifiableSet(featuresByValue.keySet());
    }

    /** {@return the features of a value, such as {@code deprecated}; empty if it has none or does not exist} */
    public Set<String> features(String value) {
        Objects.requireNonNull(value, "value");
        return featuresByValue.getOrDefault(value, Set.of());
    }

    @Override
    public String description() {
        return "one of " + Names.list(values());
    }
}
