package dev.qmp.schema;

import java.util.Objects;
import java.util.Set;

/**
 * An event that a machine can send.
 *
 * @param name its name
 * @param data its data; an object without members if it has none
 * @param features its features, such as {@code deprecated} and {@code unstable}
 */
public record SchemaEvent(String name, ObjectType data, Set<String> features) {
    /** Refuses missing components. */
    public SchemaEvent {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(features, "features");
    }
}
