package dev.qmp.schema;

import java.util.List;
import java.util.stream.Collectors;

/** A value of one of several types, which differ by their JSON types. */
public final class AlternateType implements SchemaType {

    private List<SchemaType> choices = List.of();

    AlternateType() {}

    /** Completes the type, once, while its schema is read. */
    void define(List<SchemaType> choices) {
        this.choices = choices;
    }

    /** {@return the types that a value may have} */
    public List<SchemaType> choices() {
        return choices;
    }

    /** {@return the descriptions of the choices} Other alternates are not described, because they may have this one. */
    @Override
    public String description() {
        return choices.stream().map(AlternateType::describe).collect(Collectors.joining(" or "));
    }

    private static String describe(SchemaType choice) {
        if (choice instanceof AlternateType) {
            return "another alternate";
        }
        return choice instanceof ArrayType array && array.element() instanceof AlternateType
                ? "array of alternates"
                : choice.description();
    }
}
