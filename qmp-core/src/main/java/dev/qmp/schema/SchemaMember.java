package dev.qmp.schema;

import java.util.Objects;
import java.util.Set;

/**
 * A member of an object: an argument of a command, a member of a result, a datum of an event.
 *
 * @param name its name on the wire
 * @param type its type
 * @param isOptional whether it may be left out
 * @param features its features, such as {@code deprecated} and {@code unstable}
 */
public record SchemaMember(String name, SchemaType type, boolean isOptional, Set<String> features) {
    /** Refuses missing components. */
    public SchemaMember {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(features, "features");
    }
}
