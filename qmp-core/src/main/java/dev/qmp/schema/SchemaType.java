package dev.qmp.schema;

/**
 * The type of an argument, a result or a datum of an event. Types refer to each other, also in circles, so two types
 * are equal only if they are the same object.
 */
public sealed interface SchemaType permits BuiltinType, EnumType, ArrayType, ObjectType, AlternateType {

    /** {@return what a value of this type is, in a few words for a message: {@code string}, {@code array of int}} */
    String description();
}
