package dev.qmp.schema;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A list of values of one type. */
public final class ArrayType implements SchemaType {

    private @Nullable SchemaType element;

    ArrayType() {}

    /** Completes the type, once, while its schema is read. */
    void define(SchemaType element) {
        this.element = element;
    }

    /** {@return the type of each element} */
    public SchemaType element() {
        return Objects.requireNonNull(element);
    }

    /** {@return the kind of the elements only, because an element can contain an array of the same type} */
    @Override
    public String description() {
        return "array of "
                + (element() instanceof ObjectType || element() instanceof ArrayType
                        ? "objects"
                        : element().description());
    }
}
