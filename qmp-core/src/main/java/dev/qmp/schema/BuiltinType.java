package dev.qmp.schema;

import org.jspecify.annotations.Nullable;

/** A type that QAPI defines itself. QEMU reports all its integer types as {@link #INT}, so ranges are unknown. */
public enum BuiltinType implements SchemaType {
    /** Text. */
    STRING("string"),
    /** An integer, from -2^63 to 2^64-1. */
    INT("int"),
    /** An integer or a fraction. */
    NUMBER("number"),
    /** {@code true} or {@code false}. */
    BOOLEAN("boolean"),
    /** {@code null} itself. */
    NULL("null"),
    /** An object whose members the schema does not describe. */
    OBJECT("object"),
    /** An array whose elements the schema does not describe. */
    ARRAY("array"),
    /** Any value. */
    VALUE("value");

    private final String jsonType;

    BuiltinType(String jsonType) {
        this.jsonType = jsonType;
    }

    /** {@return the type with QEMU's name for its JSON type, null if there is none} */
    static @Nullable BuiltinType of(String jsonType) {
        for (BuiltinType type : values()) {
            if (type.jsonType.equals(jsonType)) {
                return type;
            }
        }
        return null;
    }

    @Override
    public String description() {
        return this == VALUE ? "any value" : jsonType;
    }
}
