package dev.qmp.schema;

import java.util.Objects;
import java.util.Set;

/**
 * A command of a machine.
 *
 * @param name its name
 * @param arguments its arguments; an object without members if it has none
 * @param result the type of its {@code return}
 * @param isOutOfBand whether {@code exec-oob} may execute it
 * @param isOpen whether it has further arguments that the schema does not describe, as {@code device_add} has the
 *     properties of the device
 * @param features its features, such as {@code deprecated} and {@code unstable}
 */
public record SchemaCommand(
        String name,
        ObjectType arguments,
        SchemaType result,
        boolean isOutOfBand,
        boolean isOpen,
        Set<String> features) {
    /** Refuses missing components. */
    public SchemaCommand {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(arguments, "arguments");
        Objects.requireNonNull(result, "result");
        Objects.requireNonNull(features, "features");
    }
}
